"""A marketplace whose time passes in one jump, or in many small steps."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind
from marketplace_sandbox.core.model.readings import FinalWindow, Readings
from marketplace_sandbox.in_process import InProcessMarketplace
from tests.builders import NOON_AT

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

type Deal = Callable[["Life"], object]


class Life:
    """A marketplace whose time passes in one jump, or in many small steps."""

    def __init__(self, *, steps: int, reading: FinalWindow) -> None:
        self.now, self.steps = NOON_AT, steps
        self.marketplace = InProcessMarketplace(clock=lambda: self.now)
        self.desks = self.marketplace.desks
        with self.marketplace.step() as step:
            step.state.readings = Readings(final_window=reading)
        for code, (mode, pricing) in PRODUCTS.items():
            dimensions = (Dimension("api_calls"), Dimension("seats", DimensionKind.ENTITLED))
            self.desks.catalogue.list_product(
                NewProduct(code, mode, dimensions, code, pricing=pricing)
            )
            for terms in TERMS:
                self.desks.catalogue.make_offer(_of_product(terms, code))

    def pass_time(self, by: timedelta) -> None:
        for _ in range(self.steps):
            self.now += by / self.steps
            if self.steps > 1:
                self.marketplace.desks.clock.now()

    def do(self, deal: Deal) -> str | None:
        """Make a deal; return why if it could not be made."""
        before = self.fingerprint()
        try:
            deal(self)
        except ControlError as error:
            assert self.fingerprint() == before, "a refused command changes nothing"
            return error.code
        return None

    def fingerprint(self) -> str:
        with self.marketplace.step() as step:
            state = step.state
            items = sorted(state.agenda.items)
            known = (
                *(state.agreements, state.events, state.suspended_accounts, items, state.tokens),
                state.cancellations,
            )
            return hashlib.sha256(repr(known).encode()).hexdigest()


def _of_product(terms: NewOffer, code: str) -> NewOffer:
    return NewOffer(
        code,
        terms.kind,
        terms.buyer_account_ids,
        terms.duration_days,
        trial_days=terms.trial_days,
        grants=terms.grants,
        proposer_account_id=terms.proposer_account_id,
        is_renewing=terms.is_renewing,
    )
