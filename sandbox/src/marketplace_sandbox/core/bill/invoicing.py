"""Making a month's invoice of the bill, the contracts and the running containers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from marketplace_sandbox.core.bill.booking import expect_invoice
from marketplace_sandbox.core.bill.container_hours import container_seconds
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.bill import BilledRecord
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.invoices import EXACT, Charge, ChargeKind, Invoice
from marketplace_sandbox.core.model.months import (
    month_begins_at,
    month_closes_at,
    month_named,
    month_of,
    next_month_begins_at,
)
from marketplace_sandbox.core.model.offers import Grant
from marketplace_sandbox.core.model.state import MarketplaceState

_SECONDS_PER_HOUR = Decimal(3600)
# As fine as AWS's decimal quantities are (`quantity.decimal-pattern`).
_HOURS_STEP = Decimal("0.000001")
# A limit of the sandbox: whoever jumps over centuries does not wait for each month of a container.
INVOICES_AHEAD_MAX = 240


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """What an open month's invoice is made of, copied: adding it up needs the state no more.

    Attributes:
        charges: those that are no usage.

    """

    month: str
    closed_at: datetime | None
    lines: tuple[BilledRecord, ...]
    products: Mapping[str, Product]
    charges: tuple[Charge, ...]


def draft_invoice(state: MarketplaceState, month: str, *, now: datetime) -> Invoice | InvoiceDraft:
    """Return a month's invoice if it was made when the month closed, else what it is made of."""
    made = state.invoices.get(month)
    if made is not None:
        return made
    closes_at = month_closes_at(month_named(month))
    is_closed = now >= closes_at  # then nobody expected anything on it, and it changes no more
    return InvoiceDraft(
        month=month,
        closed_at=closes_at if is_closed else None,
        lines=tuple(state.bill.values()),
        products=dict(state.products),
        charges=tuple(_other_charges(state, month, now=now)),
    )


def add_up(draft: Invoice | InvoiceDraft) -> Invoice:
    """Make the invoice of its draft; reads the whole bill."""
    if isinstance(draft, Invoice):
        return draft
    charges = [*_usage_charges(draft.lines, draft.products, draft.month), *draft.charges]
    return Invoice(draft.month, draft.closed_at, tuple(sorted(charges, key=_position)))


def read_invoice(state: MarketplaceState, month: str, *, now: datetime) -> Invoice:
    """Return a month's invoice: as it was made when the month closed, or as it stands now."""
    return add_up(draft_invoice(state, month, now=now))


def close_month(state: MarketplaceState, month: str, at: datetime) -> None:
    """Make a month's invoice, once, when the month closes (`time.month-end`).

    Reads the whole bill; a month closes once, so of all calls only the first after that moment
    pays for it. Containers that run on are expected on the next month's invoice, for twenty years;
    after that their months are worked out when they are asked for.
    """
    state.months_to_close.discard(month)
    if month in state.invoices:
        return
    state.invoices[month] = replace(read_invoice(state, month, now=at), closed_at=at)
    is_worth_it = len(state.invoices) < INVOICES_AHEAD_MAX
    if is_worth_it and container_seconds(state, now=at, since=month_begins_at(at)):
        expect_invoice(state, at)


def list_months(state: MarketplaceState, *, now: datetime) -> tuple[str, ...]:
    """List the months that have anything on their invoice, and the current one, oldest first."""
    months = {month_of(now), *state.invoices, *state.months_to_close}
    agreements = state.agreements.by_id.values()
    months.update(month_of(one.paid_at) for one in agreements if _has_fee(one))
    for registration in state.registrations.values():
        resource = state.resources[registration.access_key_id]
        months.update(_months_between(resource.launched_at, resource.stopped_at or now))
    return tuple(sorted(month for month in months if month <= month_of(now)))


def unit_price_of(agreement: Agreement, product: Product, dimension: str) -> Decimal:
    """Find a unit's price: 0 in a trial (`trial.price`), else the offer's, else the product's."""
    if agreement.is_free_trial:
        return Decimal(0)
    for price in agreement.prices:
        if price.dimension == dimension:
            return price.unit_price
    listed = product.dimension(dimension)
    return Decimal(0) if listed is None else listed.unit_price


def hourly_dimension_of(product: Product) -> str:
    """Name the dimension by which hours of running containers are priced."""
    names = product.dimension_names
    return next((name for name in names if name in product.metered_dimensions), names[0])


def _other_charges(state: MarketplaceState, month: str, *, now: datetime) -> Iterator[Charge]:
    if month <= month_of(now):
        yield from _contract_charges(state, month)
        yield from _running_charges(state, month, now=now)


def _usage_charges(
    lines: Iterable[BilledRecord], products: Mapping[str, Product], month: str
) -> Iterable[Charge]:
    """Add up the usage of each agreement and dimension; a change of price begins a new line.

    A line of the bill remembers its agreement as it was when it was metered: an amendment does
    not change the price of what was used before.
    """
    begins_at = month_named(month)
    ends_at = next_month_begins_at(begins_at)
    quantities: dict[tuple[str, str, Decimal], Decimal] = defaultdict(Decimal)
    agreements: dict[str, Agreement] = {}
    for line in lines:
        key = line.key
        if not begins_at <= key.hour_at < ends_at:
            continue
        product = products[key.product_code]
        price = unit_price_of(line.agreement, product, key.dimension)
        group = (line.agreement.agreement_id, key.dimension, price)
        quantities[group] = EXACT.add(quantities[group], line.quantity)
        agreements[line.agreement.agreement_id] = line.agreement
    for (agreement_id, dimension, price), quantity in quantities.items():
        yield _charge(
            agreements[agreement_id], ChargeKind.USAGE, dimension, quantity=quantity, price=price
        )


def _contract_charges(state: MarketplaceState, month: str) -> Iterable[Charge]:
    """Charge what contracts grant, in the month in which they begin (`contract.fee`).

    They are charged as they stand; what an amendment adds in a later month is not charged. Costs as
    much as begins in the month.
    """
    for agreement in state.agreements.paid_in(month_named(month)):
        if not _has_fee(agreement):
            continue
        product = state.products[agreement.product_code]
        for grant in agreement.grants:
            price = unit_price_of(agreement, product, grant.dimension)
            units = units_of(grant)
            yield _charge(
                agreement, ChargeKind.CONTRACT, grant.dimension, quantity=units, price=price
            )


def _has_fee(agreement: Agreement) -> bool:
    """Tell whether an agreement grants something; one that never began costs nothing."""
    is_begun = agreement.ends_at is None or agreement.ends_at > agreement.starts_at
    return bool(agreement.grants) and not agreement.never_began and is_begun


def value_of_grants(agreement: Agreement, product: Product) -> Decimal:
    """Add up what a contract commits its buyer to (`describe.value`), usage left aside."""
    total = Decimal(0)
    for grant in agreement.grants:
        price = unit_price_of(agreement, product, grant.dimension)
        total = EXACT.add(total, EXACT.multiply(units_of(grant), price))
    return total


def units_of(grant: Grant) -> Decimal:
    """Count the units that a grant costs: its number, or one for a yes and for a text (INF)."""
    match grant.value:
        case bool(value):
            return Decimal(int(value))
        case int(value) | float(value):
            return Decimal(str(value))
        case str():
            return Decimal(1)


def _running_charges(state: MarketplaceState, month: str, *, now: datetime) -> Iterable[Charge]:
    """Charge the hours of registered containers, to the second (`register.metered`).

    Hours are priced by the product's first metered dimension, and rounded half up to a millionth
    once for the agreement's month (INF).
    """
    begins_at = month_named(month)
    seconds_by_agreement = container_seconds(
        state, now=now, since=begins_at, until=next_month_begins_at(begins_at)
    )
    for agreement_id, seconds in seconds_by_agreement.items():
        agreement = state.agreements.by_id[agreement_id]
        product = state.products[agreement.product_code]
        dimension = hourly_dimension_of(product)
        quantity = EXACT.divide(Decimal(seconds), _SECONDS_PER_HOUR)
        price = unit_price_of(agreement, product, dimension)
        yield _charge(
            agreement,
            ChargeKind.RUNNING,
            dimension,
            quantity=quantity.quantize(_HOURS_STEP, ROUND_HALF_UP, EXACT),
            price=price,
        )


def _charge(
    agreement: Agreement, kind: ChargeKind, dimension: str, *, quantity: Decimal, price: Decimal
) -> Charge:
    granted = {one.dimension: one.value for one in agreement.grants}
    return Charge(
        agreement=agreement,
        kind=kind,
        dimension=dimension,
        quantity=quantity,
        unit_price=price,
        amount=EXACT.multiply(quantity, price),
        entitled=granted.get(dimension),
    )


def _months_between(start_at: datetime, end_at: datetime) -> Iterable[str]:
    month_at = month_begins_at(start_at)
    while month_at <= end_at:
        yield month_of(month_at)
        month_at = next_month_begins_at(month_at)


def _position(charge: Charge) -> tuple[str, str, str, str, Decimal]:
    agreement = charge.agreement
    return (
        agreement.product_code,
        agreement.agreement_id,
        charge.kind,
        charge.dimension,
        charge.unit_price,
    )
