"""Prices and grants in forms: one row for each dimension of a product."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from loopback_console.forms import Form

from marketplace_sandbox.core.model.catalogue import Dimension, Product, ValueType
from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.offers import EntitledValue, Grant, Offer, Price

DIMENSIONS_IN_A_FORM_MAX = 50
_YES, _NO = frozenset({"true", "yes"}), frozenset({"false", "no"})


@dataclass(frozen=True, slots=True)
class Terms:
    """Prices and grants as a form has them, one row for each dimension of a product."""

    grants: tuple[Grant, ...]
    prices: tuple[Price, ...]


def read_terms(form: Form, product: Product) -> Terms:
    """Read prices and grants: row n belongs to the product's n-th dimension."""
    rows = list(enumerate(product.dimensions[:DIMENSIONS_IN_A_FORM_MAX], start=1))
    grants = _read_each(rows, lambda row, one: _read_grant(form, f"dimension{row}-value", one))
    prices = _read_each(rows, lambda row, one: _read_price(form, f"dimension{row}-unit_price", one))
    return Terms(grants, prices)


def choose_grants(offer: Offer, chosen: tuple[Grant, ...]) -> tuple[Grant, ...] | None:
    """Put what the buyer chose in the place of what the offer grants; None leaves all as it is."""
    if not chosen:
        return None
    grants = {one.dimension: one for one in (*offer.grants, *chosen)}
    return tuple(grants.values())


def list_granted(product: Product) -> list[tuple[int, Dimension]]:
    """List the dimensions that can be granted, with the number of their row."""
    rows = enumerate(product.dimensions[:DIMENSIONS_IN_A_FORM_MAX], start=1)
    return [(row, one) for row, one in rows if one.is_entitled]


def enter_value(value: EntitledValue) -> str:
    """Write a grant's value as a form takes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _read_each[Row](
    rows: Iterable[tuple[int, Dimension]], read: Callable[[int, Dimension], Row | None]
) -> tuple[Row, ...]:
    found = (read(row, dimension) for row, dimension in rows)
    return tuple(one for one in found if one is not None)


def _read_price(form: Form, name: str, dimension: Dimension) -> Price | None:
    unit_price = form.decimal(name)
    return None if unit_price is None else Price(dimension.name, unit_price)


def _read_grant(form: Form, name: str, dimension: Dimension) -> Grant | None:
    text = form.text(name)
    if text is None or not dimension.is_entitled:
        return None
    return Grant(dimension.name, _read_value(form, name, dimension.value_type))


def _read_value(form: Form, name: str, value_type: ValueType) -> EntitledValue:
    text = form.required(name)
    match value_type:
        case ValueType.INTEGER:
            return form.integer(name) or 0
        case ValueType.DOUBLE:
            return float(form.decimal(name) or 0)  # AWS's own type for it (`entitlements.value`)
        case ValueType.BOOLEAN:
            if text.lower() not in _YES | _NO:
                raise invalid(f"{name.replace('-', ' ')} must be yes or no")
            return text.lower() in _YES
        case ValueType.STRING:
            return text
