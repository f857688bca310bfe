"""Which products are certainly none of ours, by what is known of them."""

import pytest

from meterhouse.domain.subscriptions.placing import Products


@pytest.mark.parametrize(
    ("ours", "legacy", "code", "product_id", "are_foreign"),
    [
        # Nothing is declared: all are ours.
        ("", "", "atlas", "prod-atlas", False),
        ("", "old", "atlas", None, False),
        # Events tell both, and either makes it ours.
        ("atlas", "", "atlas", "prod-atlas", False),
        ("prod-atlas", "", "atlas", "prod-atlas", False),
        ("atlas prod-atlas", "", "other", "prod-other", True),
        ("atlas", "", "other", "prod-other", True),
        ("prod-atlas", "", "other", "prod-other", True),
        # The Agreement API tells an id alone: without any declared, nobody can say.
        ("atlas", "", None, "prod-other", False),
        ("atlas prod-atlas", "", None, "prod-other", True),
        ("atlas prod-atlas", "", None, "prod-atlas", False),
        # A registration tells a code alone.
        ("prod-atlas", "", "other", None, False),
        ("atlas prod-atlas", "", "other", None, True),
        ("atlas", "old", "old", None, False),
        # An agreement event tells neither.
        ("atlas prod-atlas", "", None, None, False),
    ],
)
def test_what_is_not_declared_is_foreign_as_far_as_it_can_be_told(
    ours: str, legacy: str, code: str | None, product_id: str | None, *, are_foreign: bool
) -> None:
    products = Products(frozenset(ours.split()), frozenset(legacy.split()))

    assert products.are_foreign(code, product_id) is are_foreign
