"""What strangers can do to a deployed stack: nothing that stays (ADR 0028)."""

import httpx
import pytest
from marketplace_sandbox.client import Operation

from local.seller.registration import TOKEN_FIELD
from local.seller.seller_api import call_api
from tests.e2e.running_stack import RunningStack
from tests.template.cloudformation import routes

pytestmark = pytest.mark.stack

SIGNED = sorted({(method, path) for method, path, _ in routes(signed=True)})
FORGED = [
    {TOKEN_FIELD: "forged"},
    {TOKEN_FIELD: "x" * 5_000},
    {"registration": "A" * 43, "email": "a@b.example"},
    {"other": "field"},
]


def items(stack: RunningStack) -> int:
    table = stack.addresses.subscriptions_table
    counted: int = stack.aws.dynamodb().scan(TableName=table, Select="COUNT")["Count"]
    return counted


def resolved(stack: RunningStack) -> int:
    asked = stack.marketplace.list_calls(operation=Operation.RESOLVE_CUSTOMER)
    return len(asked["calls"])


def test_a_flood_of_forged_registrations_stores_nothing_and_asks_aws_once_for_each_token(
    stack: RunningStack,
) -> None:
    before, calls = items(stack), resolved(stack)

    statuses = [
        httpx.post(stack.addresses.register_url, data=form, trust_env=False, timeout=60).status_code
        for form in FORGED * 5
    ]

    assert statuses == [403, 403, 409, 400] * 5
    assert items(stack) == before
    assert resolved(stack) == calls + 5


@pytest.mark.parametrize(("method", "path"), SIGNED, ids=" ".join)
def test_who_signs_nothing_gets_no_answer_of_the_sellers_api(
    stack: RunningStack, method: str, path: str
) -> None:
    verb = "GET" if method.startswith("X-") else method
    answer = call_api(stack.addresses.api_url, verb, path.replace("$", ""), auth=None)

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "error" not in answer.text
