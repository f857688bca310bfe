"""What EventBridge tells of requests to cancel, refunds, renewals to come and spend thresholds.

The expectations are the documents of AWS's seller guide, "Amazon EventBridge events".
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.agreements.requests import NewAdjustment, NewCancellation
from marketplace_sandbox.core.model.billing_adjustments import AdjustmentReason
from marketplace_sandbox.core.model.cancellations import CancellationReason
from marketplace_sandbox.desks.requests import RequestsDesk
from tests.builders import ACCOUNT, Shop
from tests.deals import A_DAY, product_of, refusal_of, through_partner
from tests.inbox import Inbox

PLEASE = NewCancellation(CancellationReason.UNINTENDED_RENEWAL, "Renewed by mistake")
PENDING, APPROVED, REJECTED, CANCELLED, FAILED = (
    f"Agreement Cancellation Request {word} - Proposer"
    for word in ("Pending Approval", "Approved", "Rejected", "Cancelled", "Validation Failed")
)
ENDED = "Purchase Agreement Ended - Proposer"


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


@pytest.fixture
def desk(shop: Shop) -> RequestsDesk:
    return shop.marketplace.desks.requests


def test_a_buyer_is_asked_to_cancel_in_a_document_with_flat_ids(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    request = desk.request_cancellation(shop.licensed.agreement_id, PLEASE)
    event = inbox.take_named(PENDING)
    assert event.document["resources"] == []
    detail: Any = event.document["detail"]
    assert detail.pop("requestId")
    assert detail == {
        "catalog": "AWSMarketplace",
        "agreement": {
            "id": shop.licensed.agreement_id,
            "acceptorId": ACCOUNT,
            "productId": product_of(shop).product_id,
            "offerId": shop.licensed.offer_id,
        },
        "agreementCancellationRequest": {
            "id": request.request_id,
            "reasonCode": "UNINTENDED_RENEWAL",
            "reasonMessage": "Renewed by mistake",
            "statusCode": "PENDING_APPROVAL",
            "statusMessage": "",
            "createdAt": "2026-11-22T12:00:00Z",
            "updatedAt": "2026-11-22T12:00:00Z",
        },
    }
    assert request.request_id.startswith("acr-")


def test_a_week_without_an_answer_is_consent(shop: Shop, inbox: Inbox, desk: RequestsDesk) -> None:
    asked_at = shop.now
    request = desk.request_cancellation(shop.licensed.agreement_id, PLEASE)
    shop.now += 7 * A_DAY - timedelta(seconds=1)
    assert inbox.names() == [PENDING]
    shop.now += timedelta(seconds=1)
    approved, ended = inbox.take()
    assert (approved.name, ended.name) == (APPROVED, ENDED)
    assert approved.at == ended.at == asked_at + 7 * A_DAY
    detail: Any = approved.document["detail"]
    assert detail["agreementCancellationRequest"]["updatedAt"] == "2026-11-29T12:00:00Z"
    agreement = shop.marketplace.desks.agreements.agreement(shop.licensed.agreement_id)
    assert (agreement.status, agreement.ends_at) == ("CANCELLED", shop.now)
    (listed,) = desk.cancellations()
    assert (listed.request_id, listed.status) == (request.request_id, "APPROVED")


def test_a_buyer_who_agrees_ends_the_agreement_at_once(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    request = desk.request_cancellation(shop.licensed.agreement_id, PLEASE)
    desk.approve_cancellation(request.request_id)
    assert inbox.names() == [PENDING, APPROVED, ENDED]
    shop.now += 8 * A_DAY
    assert not {APPROVED, ENDED} & set(inbox.names())


@pytest.mark.parametrize(
    ("name", "status", "answer"),
    [
        (REJECTED, "REJECTED", RequestsDesk.reject_cancellation),
        (CANCELLED, "CANCELLED", RequestsDesk.withdraw_cancellation),
    ],
)
def test_a_request_that_is_refused_or_taken_back_ends_nothing(
    shop: Shop,
    inbox: Inbox,
    desk: RequestsDesk,
    *,
    name: str,
    status: str,
    answer: Callable[[RequestsDesk, str, str], object],
) -> None:
    request_id = desk.request_cancellation(shop.licensed.agreement_id, PLEASE).request_id
    inbox.take()
    answer(desk, request_id, "No.")
    detail = inbox.detail(name)["agreementCancellationRequest"]
    assert (detail["statusCode"], detail["statusMessage"]) == (status, "No.")
    for again in (desk.approve_cancellation, lambda one: answer(desk, one, "Again.")):
        assert refusal_of(shop, lambda: again(request_id)) == "CancellationAnswered"  # noqa: B023
    shop.now += 8 * A_DAY
    assert inbox.names() == []
    desk.request_cancellation(shop.licensed.agreement_id, PLEASE)


def test_of_a_request_that_is_not_valid_the_proposer_hears_and_nobody_waits(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    wrong = NewCancellation(CancellationReason.OTHER, "Please", is_valid=False)
    desk.request_cancellation(shop.licensed.agreement_id, wrong)
    detail = inbox.detail(FAILED)["agreementCancellationRequest"]
    assert detail["statusCode"] == "VALIDATION_FAILED"
    assert detail["statusMessage"]
    shop.now += 8 * A_DAY
    assert inbox.names() == []
    partners = through_partner(shop).agreement_id
    assert refusal_of(shop, lambda: desk.request_cancellation(partners, wrong)) == "InvalidRequest"


def test_under_a_partners_offer_the_manufacturer_hears_of_requests(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    agreement_id = through_partner(shop).agreement_id
    inbox.take()
    desk.request_cancellation(agreement_id, PLEASE)
    adjustment = NewAdjustment(Decimal(1), AdjustmentReason.OTHER)
    desk.adjust_billing(agreement_id, adjustment)
    assert inbox.names() == [
        "Agreement Cancellation Request Pending Approval - Manufacturer",
        "Purchase Agreement Billing Adjustment Completed - Manufacturer",
    ]


def test_what_cannot_be_asked_is_refused(shop: Shop, desk: RequestsDesk) -> None:
    agreement_id = shop.licensed.agreement_id

    def ask(message: str = "Please") -> object:
        new = NewCancellation(CancellationReason.OTHER, message)
        return desk.request_cancellation(agreement_id, new)

    for message in ("", "x" * 2_001):
        assert refusal_of(shop, lambda: ask(message)) == "InvalidRequest"  # noqa: B023
    ask("x" * 2_000)
    assert refusal_of(shop, ask) == "CancellationPending"
    assert refusal_of(shop, lambda: desk.approve_cancellation("acr-0")) == (
        "CancellationRequestNotFound"
    )
    shop.marketplace.desks.agreements.cancel(agreement_id)
    assert refusal_of(shop, ask) == "AgreementEnded"
    (pending,) = desk.cancellations()
    assert refusal_of(shop, lambda: desk.approve_cancellation(pending.request_id)) == (
        "AgreementEnded"
    )
    shop.now += 8 * A_DAY
    assert desk.cancellations() == (pending,)


def test_a_refund_is_told_with_a_negative_amount(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    made = desk.adjust_billing(
        shop.licensed.agreement_id,
        NewAdjustment(Decimal("12.340"), AdjustmentReason.INCORRECT_METERING, "1234567890"),
    )
    event = inbox.take_named("Purchase Agreement Billing Adjustment Completed - Proposer")
    assert event.document["resources"] == []
    detail: Any = event.document["detail"]
    assert detail.pop("requestId")
    assert detail == {
        "catalog": "AWSMarketplace",
        "agreement": {"id": shop.licensed.agreement_id},
        "billingAdjustmentRequest": {
            "id": made.adjustment_id,
            "adjustmentAmount": "-12.340",
            "currencyCode": "USD",
            "adjustmentReasonCode": "INCORRECT_METERING",
        },
        "invoice": {"originalInvoiceId": "1234567890"},
    }
    assert made.adjustment_id.startswith("ba-")


def test_a_refund_that_fails_is_told_to_the_proposer(
    shop: Shop, inbox: Inbox, desk: RequestsDesk
) -> None:
    fails = NewAdjustment(Decimal(5), AdjustmentReason.OTHER, fails=True)
    desk.adjust_billing(shop.licensed.agreement_id, fails)
    detail = inbox.detail("Purchase Agreement Billing Adjustment Failed - Proposer")
    assert detail["invoice"] == {"originalInvoiceId": "2026-11"}
    partners = through_partner(shop).agreement_id
    assert refusal_of(shop, lambda: desk.adjust_billing(partners, fails)) == "InvalidRequest"


@pytest.mark.parametrize("amount", ["0", "-1", "0.000000001", "1000000001", "Infinity", "NaN"])
def test_a_refund_of_such_an_amount_is_refused(shop: Shop, desk: RequestsDesk, amount: str) -> None:
    new = NewAdjustment(Decimal(amount), AdjustmentReason.OTHER)
    agreement_id = shop.licensed.agreement_id
    assert refusal_of(shop, lambda: desk.adjust_billing(agreement_id, new)) == "InvalidRequest"
