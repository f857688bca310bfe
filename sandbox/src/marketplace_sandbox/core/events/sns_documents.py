"""The bodies of the SNS messages that legacy listings get (DOC saas-notification)."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Delivery, Product


class SubscriptionAction(StrEnum):
    """What a message of `aws-mp-subscription-notification-<product code>` says."""

    SUBSCRIBE_SUCCESS = "subscribe-success"
    SUBSCRIBE_FAIL = "subscribe-fail"
    UNSUBSCRIBE_PENDING = "unsubscribe-pending"
    UNSUBSCRIBE_SUCCESS = "unsubscribe-success"


ENTITLEMENT_UPDATED = "entitlement-updated"
_WITH_OFFER = frozenset({SubscriptionAction.SUBSCRIBE_SUCCESS, SubscriptionAction.SUBSCRIBE_FAIL})


def subscription_message(
    agreement: Agreement, product: Product, action: SubscriptionAction
) -> Mapping[str, object]:
    """Write a subscription message (`sns.payload`).

    Only the two about subscribing name the offer. The flag of free trials is a string, and stands
    in the messages of SaaS products alone (DOC container-notification shows none).
    """
    message: dict[str, object] = _about(agreement, str(action))
    if action in _WITH_OFFER:
        message["offer-identifier"] = agreement.offer_id
    if product.delivery is Delivery.SAAS:
        message["isFreeTrialTermPresent"] = "true" if agreement.is_free_trial else "false"
    return message


def entitlement_message(agreement: Agreement) -> Mapping[str, object]:
    """Write the message that says: something about this buyer's entitlements is new."""
    return _about(agreement, ENTITLEMENT_UPDATED)


def _about(agreement: Agreement, action: str) -> dict[str, object]:
    assert agreement.customer_identifier is not None, "SNS knows legacy customers only"
    return {
        "action": action,
        "customer-identifier": agreement.customer_identifier,
        "product-code": agreement.product_code,
    }
