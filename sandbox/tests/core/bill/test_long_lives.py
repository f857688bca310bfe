"""Closing a month costs as much as happened in it, however many agreements there ever were."""

from datetime import timedelta
from typing import Any

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.offers import Grant
from tests.builders import Shop
from tests.deals import dated

YEARS = timedelta(days=3 * 365)
SEATS = NewProduct(
    "Seats",
    MeteringMode.LICENSE,
    (Dimension("seats", DimensionKind.ENTITLED),),
    "seats",
    pricing=PricingModel.CONTRACT,
)


class CountingAgreements(dict[str, Agreement]):
    """Agreements that count how often they are read through, and how often one is looked up."""

    read_through = 0
    looked_up = 0

    def values(self) -> Any:
        self.read_through += 1
        return super().values()

    def __getitem__(self, name: str) -> Agreement:
        self.looked_up += 1
        return super().__getitem__(name)


def test_a_jump_over_years_of_renewals_looks_at_each_agreement_a_few_times(shop: Shop) -> None:
    shop.marketplace.desks.catalogue.list_product(SEATS)
    dated(shop, days=30, product="seats", is_renewing=True, grants=(Grant("seats", 3),))
    with shop.marketplace.step() as step:
        counting = CountingAgreements(step.state.agreements.by_id)
        step.state.agreements.by_id = counting
    shop.now += YEARS
    with shop.marketplace.step() as step:
        assert len(step.state.invoices) == 36
        assert len(counting) > 36
    assert counting.read_through == 0
    assert counting.looked_up < 12 * len(counting)
