"""The routes of contact details: what is sent, and what is answered."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import State
from meterhouse.web.api_contacts import ContactRoutes
from meterhouse.web.seller_api import SellerApi, read_request, write_answer
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook
from tests.unit.use_cases.subscriptions.linking import BOUGHT, MINE, House, house_of

if TYPE_CHECKING:
    from meterhouse.ports.subscriptions import SubscriptionStates

SHOW = "GET /contacts/{subscription}"
FORGET = "DELETE /contacts/{subscription}"
ADA = {"email": "ada@example.com", "name": "Ada", "given_at": "2026-11-22T18:00:00+00:00"}
CALLER = "arn:aws:sts::123456789012:assumed-role/crm/session"


@dataclass(frozen=True, slots=True)
class States:
    """Reads one state."""

    book: InMemorySubscriptionBook

    def read(self, key: SubscriptionKey) -> State | None:
        _, state = self.book.states.get(FolderKey(key), (0, None))
        return state


@dataclass(slots=True)
class Contacts:
    """Keeps one buyer's details, and who had them deleted."""

    kept: dict[str, str] = field(default_factory=lambda: dict(ADA))
    lines: list[tuple[SubscriptionKey, str, datetime]] = field(default_factory=list)

    def read(self, key: SubscriptionKey) -> dict[str, str]:
        return self.kept if key == MINE else {}

    def forget(self, key: SubscriptionKey, *, by: str, at: datetime) -> tuple[str, ...]:
        deleted = tuple(name for name in self.read(key) if name != "given_at")
        if deleted:
            self.kept = {}
            self.lines.append((key, by, at))
        return deleted


@dataclass(frozen=True, slots=True)
class Api:
    """The routes over a house, called by events of API Gateway."""

    house: House = field(default_factory=lambda: house_of(BOUGHT))
    contacts: Contacts = field(default_factory=Contacts)
    report: InMemoryReport = field(default_factory=InMemoryReport)

    def __call__(self, route: str, subscription: str = MINE, **more: Any) -> tuple[int, Any]:
        clock = self.house.clock
        states = cast("SubscriptionStates", States(self.house.book))
        routes = ContactRoutes(states, self.contacts, clock, self.report)
        serve = SellerApi({SHOW: routes.show, FORGET: routes.forget}, self.report)
        method, _, path = route.partition(" ")
        event = {
            "routeKey": route,
            "rawPath": path.format(subscription=subscription),
            "pathParameters": {"subscription": subscription},
            "headers": {"content-type": "application/json"},
            "requestContext": {
                "http": {"method": method},
                "requestId": "r-1",
                "authorizer": {"iam": {"userArn": CALLER}},
            },
            **more,
        }
        answer = write_answer(serve(read_request(event)))
        return answer["statusCode"], json.loads(answer["body"])


def test_what_a_buyer_told_is_shown_to_who_may_read_it_and_in_no_log() -> None:
    api = Api()

    assert api(SHOW) == (200, {"subscription": MINE, "contact": ADA})
    assert "ada@" not in repr(api.report.events)


def test_a_deletion_says_what_was_deleted_and_leaves_who_and_when() -> None:
    api = Api()

    assert api(FORGET) == (200, {"subscription": MINE, "deleted": ["email", "name"]})

    assert api.contacts.lines == [(MINE, CALLER, api.house.clock.now())]
    assert ("contact_forgotten", MINE) in {
        (name, told.get("subscription")) for name, told in api.report.events
    }
    assert "ada@" not in repr(api.report.events)
    status_code, document = api(SHOW)
    assert (status_code, document["error"]["code"]) == (404, "contact_unknown")


def test_a_second_deletion_deletes_nothing_and_says_so() -> None:
    api = Api()
    api(FORGET)

    assert api(FORGET) == (200, {"subscription": MINE, "deleted": []})
    assert len(api.contacts.lines) == 1


@pytest.mark.parametrize("route", [SHOW, FORGET])
@pytest.mark.parametrize("name", ["license#l-nobody", "x", "%00", "l" * 9_999], ids=len)
def test_of_whom_nobody_knows_nothing_is_deleted_or_told(route: str, name: str) -> None:
    api = Api()

    status_code, document = api(route, name)

    assert (status_code, document["error"]["code"]) == (404, "subscription_unknown")
    assert api.contacts.kept == ADA


@pytest.mark.parametrize(
    ("route", "more"),
    [
        (SHOW, {"queryStringParameters": {"all": "1"}}),
        (FORGET, {"queryStringParameters": {"all": "1"}}),
        (FORGET, {"body": '{"all": true}'}),
    ],
)
def test_what_is_not_understood_changes_nothing(route: str, more: dict[str, Any]) -> None:
    api = Api()

    assert api(route, **more)[0] == 400
    assert api.contacts.kept == ADA
