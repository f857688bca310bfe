"""The routes of tenants: what is sent, and what is answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest

from meterhouse.use_cases.subscriptions.read_subscriptions import ReadHistory
from meterhouse.use_cases.subscriptions.say_stopped import SayStopped
from meterhouse.web.api_subscriptions import SubscriptionRoutes
from meterhouse.web.api_tenants import TenantRoutes
from meterhouse.web.seller_api import SellerApi, read_request, write_answer
from tests.fakes.states import InMemoryStates
from tests.fakes.world import InMemoryReport
from tests.unit.domain.builders import LICENSE_ARN
from tests.unit.domain.subscriptions.aws_tells import licensed, when
from tests.unit.use_cases.subscriptions.linking import (
    BOUGHT,
    MINE,
    NEXT,
    RENEWAL,
    STRANGER_BOUGHT,
    STRANGERS,
    House,
    house_of,
)

LIST = "GET /subscriptions"
SHOW = "GET /tenants/{tenant}"
LINK = "PUT /tenants/{tenant}/subscriptions/{subscription}"
UNLINK = "DELETE /tenants/{tenant}/subscriptions/{subscription}"


@dataclass(frozen=True, slots=True)
class Api:
    """The routes over a house, called by events of API Gateway."""

    house: House = field(default_factory=lambda: house_of(BOUGHT, STRANGER_BOUGHT))

    def __call__(
        self,
        route: str,
        tenant: str = "acme",
        subscription: str = MINE,
        *,
        body: str = "",
        query: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        house, report = self.house, InMemoryReport()
        routes = TenantRoutes(house.linking)
        stop = SayStopped(house.keeper, lambda _: None, report)
        listing = SubscriptionRoutes(
            InMemoryStates(house.book),
            ReadHistory(house.book),
            stop,
            linking=house.linking,
            clock=house.clock,
        )
        serve = SellerApi(
            {
                LIST: listing.find,
                SHOW: routes.show,
                LINK: routes.link,
                UNLINK: routes.unlink,
            },
            report,
        )
        method, _, path = route.partition(" ")
        places = {"tenant": tenant, "subscription": subscription}
        event = {
            "routeKey": route,
            "rawPath": path.format(**places),
            "pathParameters": places,
            "queryStringParameters": query or {},
            "headers": {"content-type": "application/json"},
            "requestContext": {"http": {"method": method}, "requestId": "r-1"},
            "body": body,
        }
        answer = write_answer(serve(read_request(event)))
        return answer["statusCode"], json.loads(answer["body"])

    def refusal(self, route: str, **named: Any) -> tuple[int, str]:
        status_code, document = self(route, **named)
        return status_code, document["error"]["code"]


def test_a_link_is_answered_with_its_subscription_and_again_with_the_same() -> None:
    api = Api()

    first = api(LINK)

    assert first == api(LINK)
    status_code, document = first
    assert status_code == 200
    assert document == {
        "tenant": "acme",
        "linked_at": when(7_200).isoformat(),
        "subscription": document["subscription"],
    }
    assert (document["subscription"]["key"], document["subscription"]["tenant"]) == (MINE, "acme")


@pytest.mark.parametrize("name", [MINE, quote(MINE, safe=""), LICENSE_ARN])
def test_a_subscription_may_be_named_in_several_ways(name: str) -> None:
    assert Api()(LINK, subscription=name)[1]["subscription"]["key"] == MINE


def test_what_is_unlinked_says_since_when_and_stays_in_sight() -> None:
    api = Api()
    api(LINK)
    api.house.clock.pause(60)

    status_code, document = api(UNLINK)

    assert (status_code, document["unlinked_at"]) == (200, when(7_260).isoformat())
    assert api(UNLINK) == (200, document)
    _, shown = api(SHOW)
    assert shown == {
        "tenant": "acme",
        "links": [{name: document[name] for name in document if name != "tenant"}],
    }


def test_a_tenant_is_shown_with_what_a_renewal_goes_on_with() -> None:
    api = Api(house_of(BOUGHT, RENEWAL))
    api(LINK)

    _, shown = api(SHOW)

    by_key = {one["subscription"]["key"]: one for one in shown["links"]}
    assert by_key.keys() == {MINE, NEXT}
    assert by_key[NEXT]["linked_at"] == when(7_000).isoformat()
    assert by_key[NEXT]["subscription"]["phase"] == "active"


def test_the_subscriptions_that_pay_for_a_tenant_are_listed() -> None:
    api = Api(house_of(BOUGHT, RENEWAL, STRANGER_BOUGHT))
    api(LINK)
    api(LINK, tenant="initech", subscription=STRANGERS)

    def listed(tenant: str) -> list[str]:
        _, document = api(LIST, query={"tenant": tenant})
        assert document.keys() == {"subscriptions"}
        return [one["key"] for one in document["subscriptions"]]

    assert sorted(listed("acme")) == [NEXT, MINE]
    assert listed("initech") == [STRANGERS]
    assert listed("nobody") == []
    api(UNLINK)
    assert listed("acme") == []


def test_what_is_not_told_of_yet_is_shown_by_its_key() -> None:
    waiting = licensed(61, LICENSE_ARN.removeprefix("arn:"))
    api = Api(house_of([waiting]))

    status_code, document = api(LINK)

    assert (status_code, document["subscription"]) == (200, {"key": MINE})


def test_refusals_say_why_and_not_who() -> None:
    api = Api()
    api(LINK)

    assert api.refusal(LINK, subscription=STRANGERS) == (409, "tenant_taken")
    assert api.refusal(LINK, tenant="initech") == (409, "subscription_linked")
    assert "acme" not in json.dumps(api(LINK, tenant="initech"))
    assert api.refusal(UNLINK, tenant="initech") == (404, "not_linked")
    assert api.refusal(SHOW, tenant="initech") == (404, "tenant_unknown")


@pytest.mark.parametrize("name", ["license#l-nobody", "nobody", "tenant#acme", "a" * 3_000, "%"])
def test_an_unknown_subscription_is_unknown_whatever_it_looks_like(name: str) -> None:
    assert Api().refusal(LINK, subscription=name) == (404, "subscription_unknown")
    assert Api().refusal(UNLINK, subscription=name) == (404, "not_linked")


@pytest.mark.parametrize("tenant", ["a#b", "a|b", "50%", "%2541", "ä", "a b", "a" * 129])
@pytest.mark.parametrize("route", [SHOW, LINK, UNLINK])
def test_what_is_no_id_of_a_tenant_is_refused(route: str, tenant: str) -> None:
    api = Api()

    assert api.refusal(route, tenant=tenant) == (400, "tenant_invalid")
    assert api.house.tenants.tenants == {}


def test_an_id_counts_whether_it_comes_decoded_or_not() -> None:
    api = Api()

    api(LINK, tenant="a%3Ab%2Fc")

    assert api(SHOW, tenant="a:b/c")[1]["tenant"] == "a:b/c"


@pytest.mark.parametrize("body", ["[]", "{", '{"subscription": "x"}', "null"])
def test_a_body_that_says_something_is_refused(body: str) -> None:
    api = Api()

    assert api(LINK, body=body)[0] == 400
    assert api.house.tenants.tenants == {}
    assert api(LINK, body="{}")[0] == 200


def test_parameters_that_nothing_reads_are_refused() -> None:
    for route in (SHOW, LINK, UNLINK):
        assert Api().refusal(route, query={"force": "1"}) == (400, "parameter_unknown")
