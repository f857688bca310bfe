"""What happened: calls and refusals."""

from marketplace_sandbox.core.calls.cloudtrail import Event, write_event
from marketplace_sandbox.core.model.calls import CallEntry, CallFilter, select_calls
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.desks.steps import BeginStep


class CallsDesk:
    """What was called, and what AWS refused.

    Both lists keep their latest 20,000 entries. Who reads on and on asks with `after`, the sequence
    of the last call that he has seen.
    """

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def refusals(self) -> tuple[Refusal, ...]:
        """List what AWS refused by its rules, oldest first."""
        with self._step() as step:
            return tuple(step.state.refusals)

    def calls(self, chosen: CallFilter | None = None) -> tuple[CallEntry, ...]:
        """List calls of the API, oldest first; raise ControlError if the filter makes no sense."""
        with self._step() as step:
            return select_calls(step.state.calls, chosen)

    def cloudtrail(self, chosen: CallFilter | None = None) -> list[Event]:
        """List calls as AWS CloudTrail writes them; see `core.calls.cloudtrail.write_log_file`.

        Requests and answers are kept of the latest 2,000 calls, up to 32 million characters in all
        and 102,400 each; an event without them says that they are omitted.
        """
        with self._step() as step:
            entries = select_calls(step.state.calls, chosen)
            documents = step.state.documents.by_sequence()
        return [write_event(entry, documents.get(entry.sequence)) for entry in entries]
