"""Routes of subscriptions: found, shown, with what they were made of; and the seller's word."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, fields
from datetime import datetime
from json import dumps, loads
from typing import TYPE_CHECKING
from urllib.parse import unquote

from meterhouse.domain.hours import format_moment
from meterhouse.domain.subscriptions.announcing import content
from meterhouse.domain.subscriptions.entitlements import tell_entitlement
from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.identity import SubscriptionKey, read_name, tenant_key
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.errors import ApiRefusedError, RequestRefusedError, UnreadableError
from meterhouse.ports.subscriptions import StatePage, SubscriptionStates
from meterhouse.use_cases.subscriptions.link_tenants import LinkTenants
from meterhouse.use_cases.subscriptions.read_subscriptions import ReadHistory, read_known
from meterhouse.use_cases.subscriptions.say_stopped import SayStopped
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, check_query, read_moment, read_object

if TYPE_CHECKING:
    from meterhouse.ports.process import Clock

PAGE_SUBSCRIPTIONS_MAX = 50
# A fact takes some 500 bytes of an answer, which may have 6 MB.
HISTORY_FACTS_MAX = 5_000
# DynamoDB takes keys of 2,048 bytes, and no name of ours is nearly so long.
_NAME_LENGTH_MAX = 600
_FILTERS = ("phase", "account", "tenant")
# A key, and of a phase the time by which its list is ordered. A tenant's list is one page.
_PLACE_LENGTHS = {"phase": 2, "account": 1, "tenant": 0}
_ACCOUNT_DIGITS = 12
# The document may hold anything; all else of a fact are names and times of AWS's.
_TOLD_OF_FACTS = [one.name for one in fields(Fact) if one.name not in {"fact_id", "document"}]
SOURCES = {
    "event": "eventbridge",
    "sns": "sns",
    "visit": "registration",
    "seller": "seller",
    "metering": "metering",
    "entitlement": "entitlement_service",
}


@dataclass(frozen=True, slots=True)
class SubscriptionRoutes:
    """What is known of subscriptions, as announcements tell it."""

    states: SubscriptionStates
    read_history: ReadHistory
    say_stopped: SayStopped
    linking: LinkTenants
    clock: "Clock"

    def find(self, request: ApiRequest) -> ApiAnswer:
        """Serve `GET /subscriptions`, page by page."""
        check_query(request, *_FILTERS, "page")
        filters = [(name, request.query[name]) for name in _FILTERS if name in request.query]
        if len(filters) != 1:
            raise ApiRefusedError(
                400, "filter_invalid", f"Give exactly one of {', '.join(_FILTERS)}."
            )
        name, value = filters[0]
        written = request.query.get("page")
        after = None if written is None else _read_page(written, name, value)
        try:
            page = self._page(name, value, after)
        except RequestRefusedError:
            raise _page_invalid() from None
        told = [one for one in map(content, page.states) if one is not None]
        more = {} if page.after is None else {"next_page": _write_page(name, value, page.after)}
        return ApiAnswer({"subscriptions": told, **more})

    def show(self, request: ApiRequest) -> ApiAnswer:
        """Serve `GET /subscriptions/{subscription}`."""
        check_query(request)
        return ApiAnswer({"subscription": content(find_subscription(self.states, request))})

    def history(self, request: ApiRequest) -> ApiAnswer:
        """Serve `GET /subscriptions/{subscription}/history`."""
        check_query(request)
        state = find_subscription(self.states, request)
        facts = self.read_history(SubscriptionKey(state.folder))
        return ApiAnswer(
            {
                "subscription": state.folder,
                "facts": [_told(fact) for fact in facts[-HISTORY_FACTS_MAX:]],
                "is_cut": len(facts) > HISTORY_FACTS_MAX,
            }
        )

    def stopped(self, request: ApiRequest) -> ApiAnswer:
        """Serve `POST /subscriptions/{subscription}/stopped`."""
        check_query(request)
        said = read_object(request, "stopped_at")
        now = self.clock.now()
        stopped_at = read_moment(said["stopped_at"], "stopped_at") if said else now
        if stopped_at > now:
            raise ApiRefusedError(
                422, "time_in_future", "Say that the product has stopped when it has."
            )
        state = find_subscription(self.states, request)
        state = self.say_stopped(SubscriptionKey(state.folder), stopped_at) or state
        return ApiAnswer({"subscription": content(state)})

    def _page(self, name: str, value: str, after: tuple[str, ...] | None) -> StatePage:
        if name == "account":
            if not (value.isascii() and value.isdigit() and len(value) == _ACCOUNT_DIGITS):
                raise ApiRefusedError(400, "account_invalid", "An AWS account has 12 digits.")
            return self.states.of_account(value, count_max=PAGE_SUBSCRIPTIONS_MAX, after=after)
        if name == "tenant":
            return StatePage(self.linking.payers(read_tenant(value)))
        if value not in set(Phase):
            raise ApiRefusedError(400, "phase_unknown", f"A phase is one of {', '.join(Phase)}.")
        return self.states.in_phase(Phase(value), count_max=PAGE_SUBSCRIPTIONS_MAX, after=after)


def find_subscription(states: SubscriptionStates, request: ApiRequest) -> State:
    """Return the state of the subscription in a request's path; under a former name, too.

    Raises ApiRefusedError if there is none that is told of: whatever its name looks like, the
    answer is the same.
    """
    key = read_place(request.places["subscription"])
    state = None if key is None else read_known(states, key)
    if state is None:
        raise ApiRefusedError(
            404,
            "subscription_unknown",
            "There is no such subscription. Name it by its key as announcements have it, "
            "percent-encoded (license%23l-…), or by its license ARN.",
        )
    return state


def read_tenant(written: str) -> SubscriptionKey:
    """Read the id of a tenant; raises ApiRefusedError."""
    # As with subscriptions, it may come decoded or not; no tenant's id has a %.
    try:
        return tenant_key(unquote(written))
    except UnreadableError as error:
        raise ApiRefusedError(400, "tenant_invalid", str(error)) from error


def read_place(written: str) -> SubscriptionKey | None:
    """Read a subscription in a path; None if nobody is named like that."""
    # API Gateway decodes it, and other servers of the same events do not. Every key has a #.
    name = written if "#" in written else unquote(written)
    if len(name) > _NAME_LENGTH_MAX or not name.isascii():
        return None
    try:
        return read_name(name)
    except UnreadableError:
        return None


def _write_page(name: str, value: str, after: tuple[str, ...]) -> str:
    return urlsafe_b64encode(dumps([name, value, *after]).encode()).decode().rstrip("=")


def _read_page(written: str, name: str, value: str) -> tuple[str, ...]:
    """Read where a page begins: in the list that is asked for, and nowhere else."""
    try:
        padded = written.encode("ascii") + b"=" * (-len(written) % 4)
        match loads(urlsafe_b64decode(padded)):
            case [str(of), str(with_value), *after] if (of, with_value) == (name, value):
                place = tuple(one for one in after if isinstance(one, str) and one)
            case _:
                raise _page_invalid()
    except (ValueError, RecursionError):
        raise _page_invalid() from None
    if len(place) != _PLACE_LENGTHS[name]:
        raise _page_invalid()
    return place


def _page_invalid() -> ApiRefusedError:
    return ApiRefusedError(
        400,
        "page_invalid",
        "Send next_page of the answer before, as it was, with the same filter; or begin without.",
    )


def _told(fact: Fact) -> dict[str, object]:
    """Return what a fact says; its source is how it came."""
    source, _, _ = fact.fact_id.partition("#")
    said: dict[str, object] = {"id": fact.fact_id, "source": SOURCES.get(source, "agreement_api")}
    for name in _TOLD_OF_FACTS:
        value = getattr(fact, name)
        if value is not None:
            said[name] = _written(value)
    return said


def _written(value: object) -> object:
    match value:
        case datetime():
            return format_moment(value)
        case tuple():
            return [tell_entitlement(one) for one in value]
        case _:
            return value
