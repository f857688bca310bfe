"""The seller's API on the deployed stack: signed requests alone, and one form of errors."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest
import time_machine
from marketplace_sandbox.client import MeteringMode

from local.seller.seller_api import Signature, call_api, error_code
from local.stack.aws_clients import AwsAccount
from tests.e2e.running_stack import RunningStack

pytestmark = pytest.mark.stack

REDEEM = "/registrations/redeem"


def call(
    stack: RunningStack,
    asked: str,
    document: object = None,
    *,
    account: AwsAccount | None = None,
    params: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send a signed request such as `GET /subscriptions`."""
    method, _, path = asked.partition(" ")
    auth = Signature(account or stack.aws.account)
    url = stack.addresses.api_url
    return call_api(url, method, path, auth=auth, document=document, params=params)


@pytest.fixture(scope="module")
def known(stack: RunningStack) -> str:
    """Register a buyer, of whom AWS has told, too; return the path of the subscription."""
    subscription = stack.sell("asks", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)

    def is_told() -> bool:
        state = stack.aftermath.state_of(subscription)
        return state is not None and state.starts_at is not None

    stack.wait_until(is_told)
    assert subscription.license_arn is not None
    license_id = subscription.license_arn.rpartition(":")[2].rpartition("/")[2]
    return f"/subscriptions/{quote(f'license#{license_id}', safe='')}"


def user(stack: RunningStack, name: str, *policies: str) -> AwsAccount:
    """Make a user who may do what the named policies of the stack allow."""
    iam = stack.aws.client("iam")
    iam.create_user(UserName=name)
    local = iam.list_policies(Scope="Local")["Policies"]
    for policy in policies:
        (arn,) = [one["Arn"] for one in local if policy in one["PolicyName"]]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return replace(
        stack.aws.account,
        access_key_id=key["AccessKeyId"],
        secret_access_key=key["SecretAccessKey"],
    )


def test_a_signed_request_reads_a_subscription(stack: RunningStack, known: str) -> None:
    answer = call(stack, f"GET {known}")

    assert answer.status_code == httpx.codes.OK
    told = answer.json()["subscription"]
    assert told["registered_at"]
    listed = call(stack, "GET /subscriptions", params={"account": told["account_id"]})
    assert listed.json()["subscriptions"] == [told]
    history = call(stack, f"GET {known}/history").json()
    assert "registered" in {one["kind"] for one in history["facts"]}
    assert call(stack, f"GET {known}/usage").json()["hours"] == []


def test_the_sellers_word_is_taken(stack: RunningStack, known: str) -> None:
    said_at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)

    answer = call(stack, f"POST {known}/stopped", {"stopped_at": said_at.isoformat()})

    assert answer.json()["subscription"]["stopped_at"] == said_at.isoformat()


@pytest.fixture(scope="module")
def backend(stack: RunningStack) -> AwsAccount:
    """Make a user who may call every route; the account's own key signs as it likes here."""
    return user(
        stack,
        "backend",
        "ReadSubscriptionsPolicy",
        "SignUpBuyersPolicy",
        "ManageSubscriptionsPolicy",
    )


def unsigned(_: AwsAccount) -> httpx.Auth | None:
    return None


def signed_with_another_key(backend: AwsAccount) -> httpx.Auth:
    return Signature(replace(backend, secret_access_key="guessed"))


def signed_by_nobody_known(backend: AwsAccount) -> httpx.Auth:
    return Signature(replace(backend, access_key_id="AKIAIOSFODNN7EXAMPLE"))


class Replayed(Signature):
    """Signs as somebody did half an hour ago."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the headers of an old signature."""
        with time_machine.travel(datetime.now(UTC) - timedelta(minutes=30), tick=False):
            yield from super().auth_flow(request)


def signed_long_ago(backend: AwsAccount) -> httpx.Auth:
    return Replayed(backend)


@pytest.mark.parametrize(
    "sign",
    [
        unsigned,
        signed_with_another_key,
        signed_by_nobody_known,
        signed_long_ago,
    ],
)
def test_who_does_not_sign_as_somebody_known_is_refused_and_changes_nothing(
    stack: RunningStack,
    known: str,
    backend: AwsAccount,
    sign: Callable[[AwsAccount], httpx.Auth | None],
) -> None:
    before = call(stack, f"GET {known}", account=backend).json()["subscription"]
    auth, url = sign(backend), stack.addresses.api_url
    moment = {"stopped_at": "2026-01-01T00:00:00Z"}

    answers = [
        call_api(url, "POST", f"{known}/stopped", auth=auth, document=moment),
        call_api(url, "GET", known, auth=auth),
        call_api(url, "POST", REDEEM, auth=auth, document={"reference": "guessed"}),
        call_api(url, "GET", "/nothing", auth=auth),
    ]

    assert {one.status_code for one in answers} == {httpx.codes.FORBIDDEN}
    # What AWS tells of the agreement may come meanwhile.
    after = call(stack, f"GET {known}", account=backend).json()["subscription"]
    assert after.get("stopped_at") == before.get("stopped_at")


def test_a_signed_request_whose_body_was_changed_on_the_way_is_refused(
    stack: RunningStack, known: str, backend: AwsAccount
) -> None:
    url = f"{stack.addresses.api_url}{known}/stopped"
    signed = next(Signature(backend).auth_flow(httpx.Request("POST", url, json={"stopped_at": 1})))
    changed = httpx.Request("POST", url, headers=signed.headers, json={"stopped_at": 2})
    with httpx.Client(trust_env=False, timeout=60) as client:
        assert client.send(changed).status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("ReadSubscriptionsPolicy", {"read"}),
        ("SignUpBuyersPolicy", {"redeem"}),
        ("ManageSubscriptionsPolicy", {"stop"}),
        ("SendUsagePolicy", set()),
    ],
)
def test_a_caller_may_call_the_routes_of_its_policy_alone(
    stack: RunningStack, known: str, policy: str, allowed: set[str]
) -> None:
    caller = user(stack, f"only-{policy}", policy)

    answers = {
        "read": call(stack, f"GET {known}", account=caller),
        "redeem": call(stack, f"POST {REDEEM}", {"reference": "guessed"}, account=caller),
        "stop": call(stack, f"POST {known}/stopped", {"stopped_at": "never"}, account=caller),
    }

    through = {name for name, one in answers.items() if one.status_code != httpx.codes.FORBIDDEN}
    assert through == allowed


HTML = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("asked", "document", "expected"),
    [
        ("GET /subscriptions/license%23l-nobody", None, (404, "subscription_unknown")),
        (f"GET /subscriptions/{quote('<b>', safe='')}", None, (404, "subscription_unknown")),
        ("GET /subscriptions", None, (400, "filter_invalid")),
        ("DELETE /subscriptions", None, (405, "method_not_allowed")),
        ("GET /registrations/redeem", None, (405, "method_not_allowed")),
        ("GET /nothing", None, (404, "route_unknown")),
        (f"POST {REDEEM}", {"reference": "guessed"}, (409, "reference_invalid")),
        (f"POST {REDEEM}", {"reference": HTML}, (409, "reference_invalid")),
        (f"POST {REDEEM}", {"reference": ["x"]}, (422, "reference_missing")),
        (f"POST {REDEEM}", {HTML: HTML}, (400, "field_unknown")),
        (f"POST {REDEEM}", {"reference": "x" * 100_000}, (413, "body_too_large")),
        (f"POST {REDEEM}", ["reference"], (400, "body_unreadable")),
    ],
    ids=lambda one: repr(one)[:60],
)
def test_bad_input_is_answered_in_the_form_of_errors(
    stack: RunningStack, asked: str, document: object, expected: tuple[int, str]
) -> None:
    answer = call(stack, asked, document)

    assert (answer.status_code, error_code(answer)) == expected
    assert HTML not in answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_a_body_of_ten_megabytes_changes_nothing(stack: RunningStack) -> None:
    answer = call(stack, f"POST {REDEEM}", {"reference": "x" * 10_000_000})

    # On AWS it is API Gateway that refuses more than the 6 MB that a function takes.
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
