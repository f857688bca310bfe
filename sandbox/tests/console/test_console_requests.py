"""What a seller asks of a buyer and of AWS, on an agreement's page."""

from decimal import Decimal

from marketplace_sandbox.core.model.agreements import Party
from tests.builders import Shop
from tests.deals import dated
from tests.inbox import Inbox
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]


def test_a_buyer_is_asked_to_cancel_and_answers(shop: Shop, visitor: Visitor) -> None:
    address, inbox = visitor.agreement_address(), Inbox(shop)
    asking = {"cancellation_reason": "TEST_AGREEMENT", "message": "It was a test."}
    for answer in ("reject", "withdraw", "approve"):
        page = visitor.go_on(f"{address}/ask", **asking)
        assert "Asked to cancel : It was a test." in page.text
        request_id = page.values()["request_id"]
        visitor.go_on(f"{address}/{answer}", request_id=request_id, message="So be it.")
    requests = shop.marketplace.desks.requests.cancellations()
    assert [one.status for one in requests] == ["REJECTED", "CANCELLED", "APPROVED"]
    assert inbox.names()[-1] == "Purchase Agreement Ended - Proposer"
    assert "Ask the buyer to cancel. Not now:" in visitor.read(address).text


def test_a_request_can_be_made_wrongly_and_one_without_words_is_refused(
    shop: Shop, visitor: Visitor
) -> None:
    address = visitor.agreement_address()
    page = visitor.fail(f"{address}/ask", cancellation_reason="OTHER", message=" ")
    assert "message must be filled in" in page.text
    visitor.go_on(f"{address}/ask", cancellation_reason="OTHER", message="Please.", invalid="yes")
    (request,) = shop.marketplace.desks.requests.cancellations()
    assert request.status == "VALIDATION_FAILED"


def test_a_refund_is_told_of(shop: Shop, visitor: Visitor) -> None:
    address, inbox = visitor.agreement_address(), Inbox(shop)
    refund = {"amount": "12.5", "adjustment_reason": "OTHER"}
    visitor.go_on(f"{address}/refund", **refund)
    visitor.go_on(f"{address}/refund", fails="yes", **refund)
    assert inbox.names() == [
        "Purchase Agreement Billing Adjustment Completed - Proposer",
        "Purchase Agreement Billing Adjustment Failed - Proposer",
    ]
    for wrong in ("", "0"):
        page = visitor.fail(f"{address}/refund", amount=wrong, adjustment_reason="OTHER")
        assert "amount must be" in page.text


def test_a_renewal_is_made_dearer_and_switched(shop: Shop, visitor: Visitor) -> None:
    agreement_id = dated(shop, days=365, is_renewing=True).agreement_id
    address, desk = f"/agreements/{agreement_id}", shop.marketplace.desks.agreements
    visitor.go_on(f"{address}/finalize", increase_percent="2.5")
    assert desk.agreement(agreement_id).renewal_increase_percent == Decimal("2.5")
    for party in Party:
        page = visitor.go_on(f"{address}/renewal", disabled_by=party)
        assert desk.agreement(agreement_id).renewal_disabled_by is party
        assert f"no, says the {party.lower()}" in page.text
        visitor.go_on(f"{address}/renewal")
        assert desk.agreement(agreement_id).is_renewing


def test_a_buyers_spend_is_told_of(shop: Shop, visitor: Visitor) -> None:
    address, inbox = visitor.agreement_address(), Inbox(shop)
    for stage in ("reached", "vet_succeeded", "vet_failed"):
        visitor.go_on(f"{address}/spend", stage=stage)
    assert inbox.names() == [
        "Spend Threshold Reached",
        "Spend Threshold Vet Succeeded",
        "Spend Threshold Vet Failed",
    ]
