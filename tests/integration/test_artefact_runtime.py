"""The built registration function under AWS's own Runtime Interface Emulator."""

from collections.abc import Iterator

import pytest

from bench.artefact import (
    REPOSITORY,
    emulated_runtime,
    environment,
    function_folder,
    invoke,
    layer_folders,
)

pytestmark = pytest.mark.artefact

FUNCTION = "RegisterCustomerFunction"
EVENTS = REPOSITORY / "events"


@pytest.fixture(scope="module")
def registration() -> Iterator[str]:
    with emulated_runtime(FUNCTION, [function_folder(FUNCTION), *layer_folders()]) as url:
        yield url


def test_a_visitor_without_a_token_is_told_what_the_page_is_for(registration: str) -> None:
    answer = invoke(registration, (EVENTS / "register-page.json").read_text())

    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"].startswith("text/html")
    assert "AWS Marketplace" in answer["body"]
    assert environment(FUNCTION)["SELLER_NAME"] in answer["body"]
    assert environment(FUNCTION)["SUPPORT_CONTACT"] in answer["body"]


def test_a_warm_function_answers_again(registration: str) -> None:
    event = (EVENTS / "register-page.json").read_text()

    first, second = invoke(registration, event), invoke(registration, event)

    assert first["statusCode"] == 200
    assert second == first


def test_a_form_without_a_token_is_the_callers_mistake_and_not_ours(registration: str) -> None:
    event = (EVENTS / "register-page.json").read_text().replace("GET", "POST")

    assert invoke(registration, event)["statusCode"] == 400


def test_a_dependency_missing_from_the_artefact_is_seen() -> None:
    with emulated_runtime(FUNCTION, [function_folder(FUNCTION), layer_folders()[0]]) as url:
        answer = invoke(url, (EVENTS / "register-page.json").read_text())

    assert answer["errorType"] == "Runtime.ImportModuleError"
    assert "botocore" in answer["errorMessage"]
