"""Buyers, terms and products of which lives of agreements are made."""

from marketplace_sandbox.core.model.catalogue import MeteringMode, PricingModel
from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind

ACCOUNTS = ("444455556666", "777788889999")
TERMS = (
    NewOffer("any", trial_days=7),
    NewOffer("any", duration_days=28, is_renewing=True),
    NewOffer("any", duration_days=1, grants=(Grant("seats", 3),)),
    NewOffer(
        "any",
        kind=OfferKind.PRIVATE,
        buyer_account_ids=ACCOUNTS[:1],
        duration_days=60,
        is_renewing=True,
        proposer_account_id="999900001111",
    ),
)
PRODUCTS = {
    "licensed": (MeteringMode.LICENSE, PricingModel.USAGE),
    "legacy": (MeteringMode.LEGACY, PricingModel.CONTRACT_WITH_CONSUMPTION),
    "moving": (MeteringMode.MIGRATING, PricingModel.CONTRACT),
}
