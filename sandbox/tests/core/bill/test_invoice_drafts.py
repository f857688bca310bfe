"""An invoice is added up from a copy, so that no call waits for it."""

from marketplace_sandbox.core.bill.invoicing import add_up, draft_invoice, read_invoice
from tests.builders import AN_HOUR, Shop


def test_a_draft_is_added_up_as_it_was_taken(shop: Shop) -> None:
    shop.meter(shop.licensed_record(Quantity=5))
    with shop.marketplace.step() as step:
        draft = draft_invoice(step.state, "2026-11", now=step.now)
        at_once = read_invoice(step.state, "2026-11", now=step.now)
    shop.now += AN_HOUR
    shop.meter(shop.licensed_record(Quantity=7))
    assert add_up(draft) == at_once
    assert [str(charge.quantity) for charge in add_up(draft).charges] == ["5"]
    later = shop.marketplace.desks.bill.invoice("2026-11")
    assert [str(charge.quantity) for charge in later.charges] == ["12"]
