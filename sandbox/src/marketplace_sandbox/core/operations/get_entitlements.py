"""GetEntitlements: what the buyers of a product are entitled to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Dimension, Product, ValueType
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.faults import Subject
from marketplace_sandbox.core.model.instants import EPOCH_AT
from marketplace_sandbox.core.model.offers import EntitledValue
from marketplace_sandbox.core.model.readings import DimensionFilter, EmptyEntitlements
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.listing import open_place, seal_place
from marketplace_sandbox.core.operations.performer import Performer, answering
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.fields import read_text, require
from marketplace_sandbox.core.protocol.peeking import peek_text

PAGE_SIZE_MAX = 25
# AWS documents that renewing buyers have an ExpirationDate too and no more about them. An agreement
# without a term of its own is taken to be renewed from year to year, counted from its start (INF).
TERM_WITHOUT_EXPIRY = timedelta(days=365)
_FILTERS = frozenset({"CUSTOMER_AWS_ACCOUNT_ID", "CUSTOMER_IDENTIFIER", "DIMENSION", "LICENSE_ARN"})
_SECOND = timedelta(seconds=1)

type Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """So much of a dimension for one buyer; `position` orders all entitlements of a product.

    The position is that of agreement and dimension. A page's end is remembered by their names, so
    that the next one goes on there whatever happened in between.
    """

    position: tuple[str, int]
    agreement: Agreement
    dimension: Dimension
    value: EntitledValue


def get_entitlements(state: MarketplaceState, call: Call) -> Document:
    """Answer one page of a product's entitlements.

    A page holds so many (`entitlements.page-size`) and is cut before it is filtered, so an empty
    one can have a NextToken (`entitlements.empty-page`). Filters are AND-ed, the values of one
    filter OR-ed (`entitlements.filters`).

    An empty list is written or left out as `empty_entitlements` is read.

    Errors: InvalidParameterException for an unknown product, for both filters of the customer at
    once (`entitlements.customer-filters`), for DIMENSION alone where `dimension_filter` is so read,
    and for a NextToken that this sandbox did not give for this product and these filters.
    """
    document = call.document
    product_code = require(read_text(document, "ProductCode"), "ProductCode")
    product = state.products.get(product_code)
    if product is None:
        raise _invalid(f"No product has code {product_code}.")
    filters = _read_filters(document, state.readings.dimension_filter)
    purpose = f"{product_code}/{sorted(filters.items())}"
    token = read_text(document, "NextToken")
    after = None if token is None else _open_token(token, state, product, purpose)
    size = document.get("MaxResults")
    size = size if isinstance(size, int) else PAGE_SIZE_MAX
    listed = _list_entitlements(state, product, after=after, now=call.at)
    page = list(islice(listed, size + 1))
    found = [_write_entitlement(one, now=call.at) for one in page[:size] if _fits(one, filters)]
    is_written = found or state.readings.empty_entitlements is EmptyEntitlements.PRESENT
    result: dict[str, object] = {"Entitlements": found} if is_written else {}
    if len(page) > size:
        last = page[size - 1]
        place = f"{last.agreement.agreement_id}/{last.dimension.name}"
        result["NextToken"] = seal_place(place, purpose)
    return result


def _list_entitlements(
    state: MarketplaceState, product: Product, *, after: tuple[str, int] | None, now: datetime
) -> Iterator[Entitlement]:
    """List what current agreements grant of entitled dimensions, in the order of signing."""
    is_reached = after is None
    for agreement in state.agreements.by_id.values():
        if agreement.product_code != product.product_code:
            continue
        is_last = after is not None and agreement.agreement_id == after[0]
        if (is_reached or is_last) and _is_current(agreement, now=now):
            for entitlement in _entitlements_of(agreement, product):
                if is_reached or (after is not None and entitlement.position[1] > after[1]):
                    yield entitlement
        is_reached = is_reached or is_last


def _entitlements_of(agreement: Agreement, product: Product) -> Iterator[Entitlement]:
    values = {grant.dimension: grant.value for grant in agreement.grants}
    for index, dimension in enumerate(product.dimensions):
        if dimension.is_entitled and dimension.name in values:
            position = (agreement.agreement_id, index)
            yield Entitlement(position, agreement, dimension, values[dimension.name])


def _is_current(agreement: Agreement, *, now: datetime) -> bool:
    if agreement.never_began:
        return False
    ends_at = agreement.ends_at or agreement.expires_at
    return agreement.starts_at <= now and (ends_at is None or now < ends_at)


def _fits(entitlement: Entitlement, filters: Filters) -> bool:
    agreement = entitlement.agreement
    known = {
        "CUSTOMER_IDENTIFIER": agreement.customer_identifier,
        "CUSTOMER_AWS_ACCOUNT_ID": agreement.customer_aws_account_id,
        "LICENSE_ARN": agreement.license_arn,
        "DIMENSION": entitlement.dimension.name,
    }
    return all(known.get(name) in values for name, values in filters.items())


def _write_entitlement(entitlement: Entitlement, *, now: datetime) -> dict[str, object]:
    agreement = entitlement.agreement
    written: dict[str, object] = {
        "ProductCode": agreement.product_code,
        "Dimension": entitlement.dimension.name,
        "CustomerAWSAccountId": agreement.customer_aws_account_id,
        "Value": _write_value(entitlement.value, entitlement.dimension.value_type),
        "ExpirationDate": (_expires_at(agreement, now=now) - EPOCH_AT) // _SECOND,
    }
    if agreement.customer_identifier is not None:
        written["CustomerIdentifier"] = agreement.customer_identifier
    if agreement.license_arn is not None:
        written["LicenseArn"] = agreement.license_arn
    return written


def _write_value(value: EntitledValue, value_type: ValueType) -> dict[str, object]:
    """Write a value under the name of its type (`entitlements.value`)."""
    match value_type:
        case ValueType.INTEGER:
            return {"IntegerValue": int(value)}
        case ValueType.DOUBLE:
            return {"DoubleValue": float(value)}
        case ValueType.BOOLEAN:
            return {"BooleanValue": bool(value)}
        case ValueType.STRING:
            return {"StringValue": str(value)}


def _expires_at(agreement: Agreement, *, now: datetime) -> datetime:
    """Return the least validity, which renewing buyers have too (`entitlements.expiration`)."""
    known_at = agreement.ends_at or agreement.expires_at
    if known_at is not None:
        return known_at
    terms = (now - agreement.starts_at) // TERM_WITHOUT_EXPIRY + 1
    return agreement.starts_at + terms * TERM_WITHOUT_EXPIRY


def _read_filters(document: Document, reading: DimensionFilter) -> Filters:
    filters = document.get("Filter")
    if filters is None:
        return {}
    assert isinstance(filters, Mapping), "held against the model already"
    if filters.keys() >= {"CUSTOMER_IDENTIFIER", "CUSTOMER_AWS_ACCOUNT_ID"}:
        raise _invalid("CUSTOMER_IDENTIFIER and CUSTOMER_AWS_ACCOUNT_ID cannot be combined.")
    if reading is DimensionFilter.REFUSED and filters.keys() == {"DIMENSION"}:
        raise _invalid("DIMENSION needs a filter of the customer or the license beside it.")
    return {name: tuple(values) for name, values in filters.items() if values is not None}


def _open_token(
    token: str, state: MarketplaceState, product: Product, purpose: str
) -> tuple[str, int]:
    agreement_id, _, name = (open_place(token, purpose) or "").partition("/")
    names = product.dimension_names
    # Not of this question, of before a reset, or of a dimension that was taken away meanwhile.
    if agreement_id not in state.agreements.by_id or name not in names:
        raise _invalid("NextToken is invalid.")
    return agreement_id, names.index(name)


def _invalid(message: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID_PARAMETER, message)


def _subjects(_: MarketplaceState, call: Call) -> Iterator[Subject]:
    """List the product, and a subject per value that is filtered by."""
    code = peek_text(call.document, "ProductCode")
    yield Subject(product_code=code)
    chosen = call.document.get("Filter")
    for name, values in chosen.items() if isinstance(chosen, Mapping) else ():
        for value in values if isinstance(values, list) and name in _FILTERS else ():
            if isinstance(value, str):
                yield Subject(product_code=code, **{name.lower(): value})


PERFORMER = Performer(answering(get_entitlements), _subjects)
