"""GetEntitlements over HTTP: what a contract holds, and what AWS may answer instead."""

import socket
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from botocore.config import Config

from meterhouse.adapters.entitlements import (
    ENTITLEMENTS_CONFIG,
    PAGE_CONFIG,
    PAGES_MAX,
    EntitlementsApi,
)
from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    SubscriptionKey,
)
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
)
from tests.integration.adapters.scripted_server import (
    Reply,
    Server,
    entitlement_client,
    error_reply,
    json_reply,
)
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, NOON_AT, PRODUCT_CODE

NOON = NOON_AT.timestamp()
LICENSE = LicenseIdentity(ACCOUNT, LICENSE_ARN)


def api_at(url: str, config: Config = ENTITLEMENTS_CONFIG, **rules: Any) -> EntitlementsApi:
    """Return the adapter with its own rules, but without its patience."""
    hasty = config.merge(Config(connect_timeout=0.3, read_timeout=0.3))
    return EntitlementsApi(entitlement_client(url, hasty), **rules)


@pytest.fixture
def api(server: Server) -> EntitlementsApi:
    return api_at(server.url)


def subscription_of(identity: BilledIdentity = LICENSE) -> Subscription:
    return Subscription(SubscriptionKey("-"), PRODUCT_CODE, identity)


def told(dimension: str, value: object, **more: object) -> dict[str, Any]:
    return {"ProductCode": PRODUCT_CODE, "Dimension": dimension, "Value": value, **more}


def page_of(*entitlements: object, **rest: object) -> Reply:
    return json_reply({"Entitlements": entitlements, **rest})


def test_every_kind_of_value_is_read_exactly_in_the_order_of_dimensions(
    server: Server, api: EntitlementsApi
) -> None:
    server.answer(
        page_of(
            told("tier", {"StringValue": "gold"}),
            told("support", {"BooleanValue": True}),
            told("share", {"DoubleValue": 0.1}, ExpirationDate=None),
            told("seats", {"IntegerValue": 5}, ExpirationDate=NOON + 0.5),
            told("seats", {"IntegerValue": 10}),
        )
    )

    assert api.entitlements_of(subscription_of()) == (
        Entitlement("seats", Decimal(10)),
        Entitlement("seats", Decimal(5), datetime.fromtimestamp(NOON + 0.5, UTC)),
        Entitlement("share", Decimal("0.1")),
        Entitlement("support", value=True),
        Entitlement("tier", "gold"),
    )


@pytest.mark.parametrize(
    ("identity", "filtered"),
    [
        (LICENSE, {"LICENSE_ARN": [LICENSE_ARN]}),
        (LegacyCustomerIdentity(PRODUCT_CODE, "X01"), {"CUSTOMER_IDENTIFIER": ["X01"]}),
        (LegacyAccountIdentity(PRODUCT_CODE, ACCOUNT), {"CUSTOMER_AWS_ACCOUNT_ID": [ACCOUNT]}),
    ],
    ids=["a license", "a legacy customer", "a legacy account"],
)
def test_aws_is_asked_for_who_is_billed(
    server: Server, api: EntitlementsApi, identity: BilledIdentity, filtered: dict[str, list[str]]
) -> None:
    server.answer(page_of())

    assert api.entitlements_of(subscription_of(identity)) == ()
    (request,) = server.requests
    assert request["target"] == "AWSMPEntitlementService.GetEntitlements"
    assert request["body"] == {"ProductCode": PRODUCT_CODE, "Filter": filtered}


def test_every_page_is_read_and_an_empty_one_can_have_a_successor(
    server: Server, api: EntitlementsApi
) -> None:
    server.answer(
        page_of(told("b", {"IntegerValue": 1}), NextToken="one"),
        page_of(NextToken="two"),
        json_reply({"NextToken": "three"}),
        page_of(told("a", {"IntegerValue": 2})),
    )

    held = api.entitlements_of(subscription_of())

    assert [one.dimension for one in held] == ["a", "b"]
    tokens = [one["body"].get("NextToken") for one in server.requests]
    assert tokens == [None, "one", "two", "three"]


def test_pages_that_lead_back_are_no_answer(server: Server, api: EntitlementsApi) -> None:
    server.answer(page_of(NextToken="one"), page_of(NextToken="two"), page_of(NextToken="one"))

    with pytest.raises(MarketplaceOutageError, match="twice"):
        api.entitlements_of(subscription_of())


@pytest.mark.parametrize(("rules", "pages"), [({}, PAGES_MAX), ({"pages_max": 2}, 2)])
def test_pages_without_an_end_are_refused(
    server: Server, rules: dict[str, Any], pages: int
) -> None:
    server.answer(*(page_of(NextToken=str(number)) for number in range(pages + 1)))

    with pytest.raises(MarketplaceRefusedError, match=f"more than {pages} pages"):
        api_at(server.url, **rules).entitlements_of(subscription_of())

    assert len(server.requests) == pages


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (error_reply("ThrottlingException"), MarketplaceThrottledError),
        (error_reply("InvalidParameterException"), MarketplaceRefusedError),
        (error_reply("AccessDeniedException", 403), MarketplaceRefusedError),
        (error_reply("InternalServiceErrorException", 500), MarketplaceOutageError),
        (Reply(b"", status=503), MarketplaceOutageError),
        (Reply(b"", hangs=True), MarketplaceOutageError),
    ],
    ids=["throttled", "wrong", "denied", "failed", "not there", "hanging"],
)
def test_every_failure_says_whether_it_passes(
    server: Server, api: EntitlementsApi, reply: Reply, failure: type[MarketplaceError]
) -> None:
    server.answer(reply)

    with pytest.raises(failure) as caught:
        api.entitlements_of(subscription_of())

    assert type(caught.value) is failure


def test_a_failure_on_a_later_page_is_one_of_all(server: Server, api: EntitlementsApi) -> None:
    server.answer(
        page_of(told("a", {"IntegerValue": 1}), NextToken="one"), error_reply("ThrottlingException")
    )

    with pytest.raises(MarketplaceThrottledError):
        api.entitlements_of(subscription_of())


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'{"Entitlements": ['),
        Reply(b'{"Entitlements": [', cut_bytes=100),
        Reply(b"<html>not JSON</html>"),
        Reply(b""),
        json_reply({"Entitlements": None}),
        json_reply({"Entitlements": "many"}),
        page_of(None),
        page_of("seats"),
        page_of(told("", None)),
        page_of({"Value": {"IntegerValue": 1}}),
        page_of(told("seats", {"IntegerValue": True})),
        page_of(told("seats", {"IntegerValue": "5"})),
        page_of(told("seats", {"DoubleValue": float("nan")})),
        page_of(told("seats", {"NewValue": 5})),
        page_of(told("seats", {"IntegerValue": 5}, ExpirationDate="soon")),
    ],
)
def test_what_is_no_answer_is_never_taken_for_nothing_held(
    server: Server, api: EntitlementsApi, reply: Reply
) -> None:
    server.answer(reply)

    with pytest.raises(MarketplaceOutageError):
        api.entitlements_of(subscription_of())


def test_aws_may_leave_an_empty_list_out(server: Server, api: EntitlementsApi) -> None:
    server.answer(Reply(b"{}"))

    assert api.entitlements_of(subscription_of()) == ()


def test_a_server_that_is_not_there_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(MarketplaceOutageError):
        api_at(f"http://127.0.0.1:{port}").entitlements_of(subscription_of())


@pytest.mark.parametrize(("config", "tries"), [(ENTITLEMENTS_CONFIG, 2), (PAGE_CONFIG, 1)])
def test_the_sdk_tries_twice_at_most_and_once_while_a_buyer_waits(
    server: Server, config: Config, tries: int
) -> None:
    server.answer(error_reply("ThrottlingException"))

    with pytest.raises(MarketplaceThrottledError):
        api_at(server.url, config).entitlements_of(subscription_of())

    assert len(server.requests) == tries
