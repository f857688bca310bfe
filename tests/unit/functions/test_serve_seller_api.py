"""serve_seller_api as Lambda calls it, with all that its wiring makes."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.register_customer.app import lambda_handler as register
from functions.serve_seller_api.app import lambda_handler
from meterhouse.runtime import api_wiring
from tests.template.cloudformation import routes
from tests.unit.functions.conftest import Deployment, FakeContext
from tests.unit.functions.lambda_events import example, post_request, token_form

CONTEXT = FakeContext()


def ask(route: str, body: object = None, **more: Any) -> tuple[int, dict[str, Any]]:
    event = example("api-request.json")
    del event["queryStringParameters"]
    event["routeKey"] = route
    if body is not None:
        event["headers"]["content-type"] = "application/json"
        event["body"] = json.dumps(body)
    answer = lambda_handler(event | more, CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def reference(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let a buyer land; return the reference with which the browser goes on."""
    monkeypatch.setenv("SIGNUP_URL", "https://seller.example/sign-up")
    product = deployment.marketplace.create_product()
    agreement = deployment.marketplace.create_agreement(product.product_code)
    token = deployment.marketplace.mint_token(agreement.agreement_id).token
    answer = register(post_request(token_form(token)), CONTEXT)
    location: str = answer["headers"]["Location"]
    return parse_qs(urlsplit(location).query)["registration"][0]


def test_a_backend_learns_who_came_and_asks_on(
    deployment: Deployment, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, redeemed = ask("POST /registrations/redeem", {"reference": reference})
    told = redeemed["subscription"]
    place = {"pathParameters": {"subscription": told["key"]}}

    assert (status, redeemed["is_returning"]) == (200, False)
    assert ask("GET /subscriptions/{subscription}", **place) == (200, {"subscription": told})
    _, found = ask("GET /subscriptions", queryStringParameters={"phase": "active"})
    assert found == {"subscriptions": [told]}
    query = {"queryStringParameters": {"account": told["account_id"]}}
    assert ask("GET /subscriptions", **query)[1] == found
    _, history = ask("GET /subscriptions/{subscription}/history", **place)
    assert [one["kind"] for one in history["facts"]] == ["registered"]
    status, usage = ask("GET /subscriptions/{subscription}/usage", **place)
    assert (status, usage["hours"], usage["unsettled"]) == (200, [], [])
    monkeypatch.setenv("INCLUDED_UNITS", "api_calls=100/agreement")
    status, included = ask("GET /subscriptions/{subscription}/allowances", **place)
    assert (status, [one["left"] for one in included["allowances"]]) == (200, ["100"])
    status, stopped = ask("POST /subscriptions/{subscription}/stopped", {}, **place)
    assert status == 200
    assert stopped["subscription"].keys() - told.keys() == {"stopped_at"}
    assert reference not in deployment.printed()


@pytest.mark.usefixtures("deployment")
def test_a_used_reference_is_void(reference: str) -> None:
    ask("POST /registrations/redeem", {"reference": reference})
    event = example("api-request.json")["requestContext"] | {"requestId": "another"}

    status, refused = ask(
        "POST /registrations/redeem", {"reference": reference}, requestContext=event
    )

    assert (status, refused["error"]["code"]) == (409, "reference_invalid")


def test_each_route_that_asks_for_a_signature_has_its_row(deployment: Deployment) -> None:
    assert deployment.subscriptions_table
    served = set(api_wiring.routes(CONTEXT.get_remaining_time_in_millis))

    assert served | {"X-AMAZON-APIGATEWAY-ANY-METHOD /$default"} == {
        f"{method} {path}" for method, path, _ in routes(signed=True)
    }


def test_each_request_is_told_in_one_line_without_what_it_carries(deployment: Deployment) -> None:
    ask("POST /registrations/redeem", {"reference": "guessed-reference"})

    printed = deployment.printed()

    assert '"api_answered"' in printed
    assert '"reference_invalid"' in printed
    assert "assumed-role/backend/backend" in printed
    assert "guessed-reference" not in printed
