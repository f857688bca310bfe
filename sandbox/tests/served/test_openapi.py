"""The control API's description: what it says, and that the API keeps to it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
import schemathesis.checks
from hypothesis import HealthCheck, Phase
from schemathesis import Case
from schemathesis.specs.openapi import checks

from marketplace_sandbox.control.app import describe_api
from marketplace_sandbox.server import serve_beside
from tests.builders import Shop
from tests.digests import digest_of

EXAMPLES_PER_OPERATION = 6
DESCRIPTION = describe_api()
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DESCRIPTION["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.fixture
def served() -> Iterator[tuple[str, dict[str, str], Shop]]:
    shop = Shop()
    with serve_beside(shop.marketplace) as url:
        yield f"{url}/_sandbox", ids_in(shop), shop


def ids_in(shop: Shop) -> dict[str, str]:
    return {
        "agreement_id": shop.licensed.agreement_id,
        "account_id": shop.licensed.customer_aws_account_id,
        "product_code": shop.licensed.product_code,
        "offer_id": shop.marketplace.desks.catalogue.offers()[0].offer_id,
        "name": "usage_age",
        "month": "2026-11",
    }


def name_what_is_there(case: Case[Any], known: dict[str, str]) -> None:
    """Let half of the cases be about things that there are: others end at the door."""
    for fields in (case.path_parameters, case.body):
        if isinstance(fields, dict):
            for name in known.keys() & fields.keys():
                said = fields[name]
                if isinstance(said, str) and len(said) % 2 == 0:
                    fields[name] = known[name]


@SCHEMA.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES_PER_OPERATION,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_each_operation_keeps_to_its_description(
    case: Case[Any], served: tuple[str, dict[str, str], Shop]
) -> None:
    url, known, shop = served
    name_what_is_there(case, known)
    before = digest_of(shop.marketplace)
    response = case.call(base_url=url)
    case.validate_response(response, checks=CHECKS)
    if response.status_code >= 400:
        assert digest_of(shop.marketplace) == before, "a refused command changes nothing"


def test_each_operation_has_a_readable_id_of_its_own() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in ids)


def test_each_operation_says_what_it_does_and_how_it_refuses() -> None:
    for path, method, operation in operations():
        assert operation["description"], (path, method)
        refused = {status for status in operation["responses"] if status >= "400"}
        assert {"400", "403", "413"} <= refused
        assert "422" not in refused
        for status in refused:
            content = operation["responses"][status]["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ErrorDocument"}


def test_the_description_is_served_with_the_address_to_use() -> None:
    with serve_beside(Shop().marketplace) as url:
        served = httpx.get(f"{url}/_sandbox/openapi.json").json()
    assert served["servers"] == [{"url": "/_sandbox"}]
    assert served["paths"] == DESCRIPTION["paths"]


def test_the_page_of_documentation_asks_nobody_else() -> None:
    with serve_beside(Shop().marketplace) as url, httpx.Client(base_url=url) as client:
        page = client.get("/_sandbox/docs")
        assert page.status_code == 200
        assert not re.findall(r"//[a-z0-9-]+(?:\.[a-z0-9-]+)+", page.text)
        linked = re.findall(r"(?:href|src)=\"([^\"]+)\"", page.text)
        assert linked
        for path in linked:
            assert client.get(path).status_code == 200
        assert '"validatorUrl": null' in page.text
        assert "default-src 'self'" in page.headers["content-security-policy"]
