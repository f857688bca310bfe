"""Where the seller wants AWS's events and messages to go."""

import re
from dataclasses import dataclass
from enum import StrEnum

from marketplace_sandbox.core.model.callers import REGION_DEFAULT
from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from marketplace_sandbox.core.model.terms import terms_of

TARGETS_MAX = 100  # a limit of the sandbox
ADDRESS_LENGTH_MAX = 2048
TEXT_LENGTH_MAX = 255
_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)
_SOURCE = re.compile(r"[a-zA-Z0-9._/-]{1,256}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]", re.ASCII)
_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]*:[0-9]{12}:[a-zA-Z0-9_.-]{1,256}", re.ASCII)


class TargetKind(StrEnum):
    """What takes the events."""

    EVENTBRIDGE = "eventbridge"  # a bus, by PutEvents
    SQS = "sqs"  # a queue, as a rule of a bus or a subscription to a topic fills it
    SNS = "sns"  # a topic, by Publish
    HTTP = "http"  # a web address, by POST


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTerms:
    """What is sent to a target, and how.

    Attributes:
        endpoint_url: where EventBridge, SQS or SNS is emulated; none for a web address.
        channels: which of AWS's ways of sending; empty is all that the kind can take.
        product_code: of which product; None is any.
        name_prefix: with what a detail-type or action begins.
        is_raw: messages of a topic without their envelope, as raw message delivery does it.
        bus_source: what a bus is told in place of `aws.agreement-marketplace`, which it may refuse.

    """

    endpoint_url: str | None = None
    region: str = REGION_DEFAULT
    channels: tuple[Channel, ...] = ()
    product_code: str | None = None
    name_prefix: str = ""
    is_raw: bool = False
    bus_source: str | None = None


@dataclass(frozen=True, slots=True)
class NewTarget(TargetTerms):
    """The command to send events somewhere, from the next one on.

    Attributes:
        address: a bus's name, a queue's URL, a topic's ARN, or the web address to POST to.

    """

    kind: TargetKind
    address: str


@dataclass(frozen=True, slots=True)
class Target(TargetTerms):
    """A target as it stands."""

    target_id: str
    kind: TargetKind
    address: str

    def takes(self, event: EmittedEvent) -> bool:
        """Tell whether an event is sent here.

        A bus takes no messages of a topic: they are no events, and AWS never puts them there.
        """
        if self.kind is TargetKind.EVENTBRIDGE and event.channel is not Channel.EVENTBRIDGE:
            return False
        return (
            (not self.channels or event.channel in self.channels)
            and self.product_code in {None, event.product_code}
            and event.name.startswith(self.name_prefix)
        )


def add_target(new: NewTarget, *, entropy: bytes) -> Target:
    """Decide the target that the command adds; raise ControlError if it makes no sense.

    Whether its host may be called at all is for the shell to say: see `post.addresses`.
    """
    _check_place(new)
    _check_choice(new)
    target_id = f"target-{entropy.hex()[:16]}"
    return Target(target_id, new.kind, new.address, **terms_of(new, TargetTerms))


def _check_place(new: NewTarget) -> None:
    if len(new.address) > ADDRESS_LENGTH_MAX or _PRINTABLE.fullmatch(new.address) is None:
        raise invalid(f"address must have 1 to {ADDRESS_LENGTH_MAX} printable characters")
    if new.kind is TargetKind.HTTP:
        if new.endpoint_url is not None:
            raise invalid("a web address has no endpoint_url of its own")
    elif new.endpoint_url is None:
        raise invalid("endpoint_url must say where the service is emulated")
    if new.kind is TargetKind.SNS and _TOPIC_ARN.fullmatch(new.address) is None:
        raise invalid("address must be the ARN of a topic")
    if _REGION.fullmatch(new.region) is None:
        raise invalid("region must be a name like us-east-1")


def _check_choice(new: NewTarget) -> None:
    if new.kind is TargetKind.EVENTBRIDGE and set(new.channels) - {Channel.EVENTBRIDGE}:
        raise invalid("a bus takes events only, no messages of a topic")
    if new.bus_source is not None:
        if new.kind is not TargetKind.EVENTBRIDGE:
            raise invalid("only a bus is told a source")
        if _SOURCE.fullmatch(new.bus_source) is None:
            raise invalid("bus_source must have 1 to 256 letters, digits or any of . - _ /")
    if len(new.name_prefix) > TEXT_LENGTH_MAX:
        raise invalid(f"name_prefix must have at most {TEXT_LENGTH_MAX} characters")


def check_room(targets: int) -> None:
    """Raise ControlError when there are so many targets that no other one fits."""
    if targets >= TARGETS_MAX:
        raise conflict("TooManyTargets", f"there are {TARGETS_MAX} targets already")
