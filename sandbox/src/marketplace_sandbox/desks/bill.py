"""The bill, what it should not hold, what it lacks, and the invoices made of it."""

import re

from marketplace_sandbox.core.bill.double_billing import DoubleBilling, find_double_billing
from marketplace_sandbox.core.bill.invoicing import add_up, draft_invoice, list_months
from marketplace_sandbox.core.model.bill import BilledRecord, LostDuplicate
from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.invoices import Invoice
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.desks.steps import BeginStep

_MONTH = re.compile(r"(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])", re.ASCII)


class BillDesk:
    """What AWS bills, and what it would not say about it.

    Reading costs as much as there is on the bill; metering calls pay nothing for it.
    """

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def bill(self) -> tuple[BilledRecord, ...]:
        """List what AWS would bill, in the order of arrival."""
        with self._step() as step:
            return tuple(step.state.bill.values())

    def double_billed(self) -> tuple[DoubleBilling, ...]:
        """List the hours that were billed twice (`license.double-billing`, `dedupe_scope`)."""
        return find_double_billing(self.bill())  # which takes a while: calls need not wait for it

    def lost_duplicates(self) -> tuple[LostDuplicate, ...]:
        """List the quantities that DuplicateRecord refused, least recent first.

        Only those that differ from what is billed; the latest 20,000 are kept.
        """
        with self._step() as step:
            return tuple(step.state.lost_duplicates.values())

    def refused(self) -> tuple[Refusal, ...]:
        """List the usage records that are not billed because AWS's rules refused them.

        A record that made AWS refuse its whole call stands for the call; refusals of calls without
        a record to blame are in the log of calls alone.
        """
        with self._step() as step:
            return tuple(one for one in step.state.refusals if one.record is not None)

    def months(self) -> tuple[str, ...]:
        """List the months that have an invoice, oldest first, as 2026-11; the last one is now's."""
        with self._step() as step:
            return list_months(step.state, now=step.now)

    def invoice(self, month: str, product_code: str | None = None) -> Invoice:
        """Return a month's invoice, of one product or of all.

        It is open, and computed anew, until 06:00 UTC on the 1st of the next month; then it is
        made and stays as it is (`time.month-end`). Raises ControlError for what is no month, and
        for an unknown product.
        """
        if _MONTH.fullmatch(month) is None:
            raise invalid("month must be written as 2026-11")
        with self._step() as step:
            if product_code is not None:
                step.product(product_code)
            draft = draft_invoice(step.state, month, now=step.now)
        invoice = add_up(draft)  # which takes a while: calls need not wait for it
        return invoice if product_code is None else invoice.of_product(product_code)
