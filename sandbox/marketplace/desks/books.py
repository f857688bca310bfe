"""The bill."""

from sandbox.marketplace.core.ledger import BilledRecord
from sandbox.marketplace.desks.steps import BeginStep


class BooksDesk:
    """What AWS would bill."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def bill(self) -> tuple[BilledRecord, ...]:
        """List what AWS would bill, in the order of arrival."""
        with self._step() as step:
            return tuple(step.state.bill.values())
