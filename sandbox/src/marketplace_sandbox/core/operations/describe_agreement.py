"""DescribeAgreement: one agreement, for its proposer and its acceptor."""

from marketplace_sandbox.core.bill.invoicing import value_of_grants
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.agreement_views import (
    CURRENCY,
    end_behavior_of,
    find_agreement,
    subjects_of_call,
    trial_ends_at,
    write_outline,
    write_time,
)
from marketplace_sandbox.core.operations.performer import Performer, answering
from marketplace_sandbox.core.protocol.call import Call, Document


def describe_agreement(state: MarketplaceState, call: Call) -> Document:
    """Describe an agreement.

    Pay as you go has no endTime (`describe.end-time`), and an estimated value of 0
    (`describe.value`). A free trial says when it ends (`describe.trial`).
    """
    agreement = find_agreement(state, call)
    product = state.products[agreement.product_code]
    trial = write_time("trialEndTime", trial_ends_at(agreement))
    return (
        write_outline(state, agreement)
        | {
            "estimatedCharges": {
                "currencyCode": CURRENCY,
                "agreementValue": f"{value_of_grants(agreement, product):f}",
            }
        }
        | _write_end_behavior(state, agreement)
        | ({"freeTrialSummary": trial} if trial else {})
    )


def _write_end_behavior(state: MarketplaceState, agreement: Agreement) -> dict[str, object]:
    behavior = end_behavior_of(state, agreement)
    if behavior is None:
        return {}
    written: dict[str, object] = {"type": behavior.type}
    if behavior.reason is not None:
        written["reasonCode"] = behavior.reason
    if behavior.offer_id is not None:
        written["renewalSummary"] = {"offerId": behavior.offer_id}
    return {"endTimeBehavior": written}


PERFORMER = Performer(answering(describe_agreement), subjects_of_call)
