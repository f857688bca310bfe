"""What happened: calls and refusals."""

from sandbox.marketplace.core.state import CallEntry, Refusal
from sandbox.marketplace.desks.steps import BeginStep


class JournalDesk:
    """What was called, and what AWS refused."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def refusals(self) -> tuple[Refusal, ...]:
        """List what AWS refused by its rules, oldest first."""
        with self._step() as step:
            return tuple(step.state.refusals)

    def calls(self) -> tuple[CallEntry, ...]:
        """List the calls of the API, oldest first."""
        with self._step() as step:
            return tuple(step.state.calls)
