"""What AWS sent to the seller since somebody last looked."""

from dataclasses import dataclass, field
from typing import Any

from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from tests.builders import Shop


@dataclass(slots=True)
class Inbox:
    """The events of a shop's marketplace; what was sent before it was made is read already."""

    shop: Shop
    read: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.take()

    def take(self) -> list[EmittedEvent]:
        """Return what is new, and remember that it is read."""
        with self.shop.marketplace.step() as step:
            events = [event for event in step.state.events if event.sequence > self.read]
            self.read = step.state.events_emitted
        return events

    def names(self) -> list[str]:
        """Take what is new, by its names."""
        return [event.name for event in self.take()]

    def take_named(self, name: str) -> EmittedEvent:
        """Take what is new, of which exactly one has this name."""
        (event,) = [event for event in self.take() if event.name == name]
        return event

    def detail(self, name: str) -> Any:
        """Take what is new, and return the detail of the one event with this name."""
        event = self.take_named(name)
        assert event.channel is Channel.EVENTBRIDGE
        return event.document["detail"]
