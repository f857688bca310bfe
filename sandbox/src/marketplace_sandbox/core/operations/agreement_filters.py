"""What SearchAgreements is asked: filters of one value each, and an order."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from marketplace_sandbox.core.model.agreements import Agreement, AgreementStatus
from marketplace_sandbox.core.model.instants import parse_iso
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.agreement_views import (
    AGREEMENT_TYPE,
    CATALOG,
    RESOURCE_TYPES,
    Party,
    contact_of,
    end_behavior_of,
    end_time_of,
    license_arns_of,
    refuse,
)
from marketplace_sandbox.core.protocol.call import Call

CONTACT_TYPE = "ACCEPTOR"
_BEFORE, _AFTER = "Before", "After"
_DEFAULT_SORT = "EndTime"
# Which filters an acceptor may combine, beside the party and the type: at most one of the first,
# perhaps with the status, always with the end (MODEL).
_ACCEPTORS_SUBJECTS = frozenset({"ResourceIdentifier", "ResourceType", "OfferId", "OfferSetId"})
_ACCEPTORS = _ACCEPTORS_SUBJECTS | {"Status", "BeforeEndTime", "AfterEndTime"}

type Attribute = Callable[[MarketplaceState, Agreement], object]
type Time = Callable[[MarketplaceState, Agreement], datetime | None]

TIMES: Mapping[str, Time] = {
    "EndTime": end_time_of,
    "StartTime": lambda _, one: one.starts_at,
    "LastUpdateTime": lambda _, one: one.last_updated_at,
}
_TIME_FILTERS = {f"{side}{name}": name for side in (_BEFORE, _AFTER) for name in TIMES}


def _resource_type_of(state: MarketplaceState, agreement: Agreement) -> str:
    return RESOURCE_TYPES[state.products[agreement.product_code].delivery]


def _end_behavior(name: str) -> Attribute:
    return lambda state, one: getattr(end_behavior_of(state, one), name, None)


_ATTRIBUTES: Mapping[str, Attribute] = {
    "AcceptorAccountId": lambda _, one: one.customer_aws_account_id,
    "EndTimeBehaviorReasonCode": _end_behavior("reason"),
    "EndTimeBehaviorType": _end_behavior("type"),
    "IncludesContactOfType": lambda _, one: None if contact_of(one) is None else CONTACT_TYPE,
    "InitialAgreementId": lambda _, one: one.first_in_chain,
    "LicenseArn": lambda _, one: next(iter(license_arns_of(one)), None),
    "OfferId": lambda _, one: one.offer_id,
    "OfferSetId": lambda *_: None,  # the sandbox has no sets of offers
    "ResourceIdentifier": lambda state, one: state.products[one.product_code].product_id,
    "ResourceType": _resource_type_of,
    "Status": lambda _, one: one.status,
}
_CHOICES: Mapping[str, AbstractSet[str]] = {
    "EndTimeBehaviorReasonCode": {
        "PROPOSER_RENEW_OPTED_OUT",
        "ACCEPTOR_RENEW_OPTED_OUT",
        "NO_RENEWAL_TERM",
        "RENEWAL_LIMIT_EXHAUSTED",
    },
    "EndTimeBehaviorType": {"RENEW", "REPLACE", "EXPIRE"},
    "IncludesContactOfType": {CONTACT_TYPE},
    "ResourceType": {
        *RESOURCE_TYPES.values(),
        "ProfessionalServicesProduct",
        "MachineLearningProduct",
    },
    "Status": {str(status) for status in AgreementStatus},
}


@dataclass(frozen=True, slots=True)
class Question:
    """Whose agreements are searched for, which of them, and in which order.

    Attributes:
        wanted: what attributes must be, by the name of their filter.
        bounds: what times must lie before or after, by the name of their filter.
        sorted_by: one of TIMES.

    """

    party: Party
    wanted: tuple[tuple[str, str], ...]
    bounds: tuple[tuple[str, datetime], ...]
    sorted_by: str
    is_descending: bool

    def fits(self, state: MarketplaceState, agreement: Agreement) -> bool:
        """Tell whether an agreement fits all filters."""
        return all(
            _ATTRIBUTES[name](state, agreement) == value for name, value in self.wanted
        ) and all(_lies(state, agreement, name, bound_at) for name, bound_at in self.bounds)


def read_question(call: Call) -> Question:
    """Read filters and sort of a call; raise ValidationException with AWS's reason.

    PartyType and AgreementType are required (`search.required-filters`), each filter is known and
    named once, and has one value (`search.one-value`).
    """
    document = call.document
    if document.get("catalog") not in {None, CATALOG}:
        raise refuse("INVALID_CATALOG", f"catalog must be {CATALOG}.")
    filters = _read_filters(document.get("filters"))
    party = _read_party(filters.pop("PartyType", None))
    agreement_type = filters.pop("AgreementType", None)
    if agreement_type is None:
        raise refuse("UNSUPPORTED_FILTERS", "The filter AgreementType is required.")
    if agreement_type != AGREEMENT_TYPE:
        raise refuse("INVALID_AGREEMENT_TYPE", f"AgreementType must be {AGREEMENT_TYPE}.")
    if party is Party.ACCEPTOR:
        _check_acceptors(filters.keys())
    wanted = {name: value for name, value in filters.items() if name in _ATTRIBUTES}
    for name, choices in _CHOICES.items():
        if wanted.get(name, next(iter(choices))) not in choices:
            allowed = ", ".join(sorted(choices))
            raise refuse("INVALID_FILTER_VALUES", f"{name} must be one of {allowed}.")
    bounds = {name: _read_time(name, filters[name]) for name in filters if name in _TIME_FILTERS}
    sorted_by, is_descending = _read_sort(document.get("sort"), party)
    return Question(
        party,
        tuple(sorted(wanted.items())),
        tuple(sorted(bounds.items())),
        sorted_by,
        is_descending,
    )


def _lies(state: MarketplaceState, agreement: Agreement, name: str, bound_at: datetime) -> bool:
    """Tell whether a time lies before or after a bound, and not at it (`search.times`).

    What has no end date ends after every date (INF).
    """
    at = TIMES[_TIME_FILTERS[name]](state, agreement)
    if name.startswith(_BEFORE):
        return at is not None and at < bound_at
    return at is None or at > bound_at


def _read_filters(given: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in cast("list[Mapping[str, object]]", given or []):
        name, values = one.get("name"), cast("list[str] | None", one.get("values"))
        if not isinstance(name, str):
            raise refuse("MISSING_FILTER_NAME", "A filter needs a name.")
        if not values:
            raise refuse("MISSING_FILTER_VALUES", f"The filter {name} needs a value.")
        if name not in {"PartyType", "AgreementType", *_ATTRIBUTES, *_TIME_FILTERS}:
            raise refuse("INVALID_FILTER_NAME", f"There is no filter {name}.")
        if name in found:
            raise refuse("INVALID_FILTERS", f"The filter {name} is named twice.")
        found[name] = values[0]
    return found


def _read_party(value: str | None) -> Party:
    if value is None:
        raise refuse("MISSING_PARTY_TYPE", "The filter PartyType is required.")
    if value not in {Party.PROPOSER, Party.ACCEPTOR}:
        raise refuse("INVALID_PARTY_TYPE", "PartyType must be Proposer or Acceptor.")
    return Party(value)


def _read_time(name: str, value: str) -> datetime:
    at = parse_iso(value)
    if at is None:
        example = "2026-11-22T18:00:00Z"
        raise refuse("INVALID_FILTER_VALUES", f"{name} must be a time such as {example}.")
    return at


def _read_sort(given: object, party: Party) -> tuple[str, bool]:
    """Read by what the answer is sorted, EndTime unless it says so (`search.sort`)."""
    sort = cast("Mapping[str, str]", given or {})
    sorted_by = sort.get("sortBy") or _DEFAULT_SORT
    if sorted_by not in TIMES or (party is Party.ACCEPTOR and sorted_by != _DEFAULT_SORT):
        allowed = _DEFAULT_SORT if party is Party.ACCEPTOR else ", ".join(TIMES)
        raise refuse("INVALID_SORT_BY", f"An agreement's {party.lower()} sorts by {allowed}.")
    return sorted_by, sort.get("sortOrder") == "DESCENDING"


def _check_acceptors(names: AbstractSet[str]) -> None:
    """Hold an acceptor's filters against the combinations that AWS supports (`search.acceptor`)."""
    subjects = names & _ACCEPTORS_SUBJECTS
    is_typed = "ResourceType" in subjects and "Status" in names
    if names - _ACCEPTORS or len(subjects) > 1 or is_typed:
        raise refuse("UNSUPPORTED_FILTERS", "An acceptor may not combine these filters.")
