"""The Python client is the control API: its operations, its fields, its documents."""

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args

import httpx
import pytest

from marketplace_sandbox.client import (
    SandboxClient,
    SandboxRefusedError,
    SandboxUnreachableError,
)
from marketplace_sandbox.server import serve_beside
from tests.builders import Shop
from tests.typing_commands import NOWHERE
from tests.watched_client import DESCRIPTION, METHODS, OPERATIONS

BUYER = "777788889999"
SAID_BY_THE_METHOD = {"reset": {"confirm"}}  # its name says it already


@pytest.fixture
def client(shop: Shop) -> Iterator[SandboxClient]:
    with serve_beside(shop.marketplace) as url, SandboxClient(url) as client:
        yield client


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_method_takes_the_fields_of_its_operation_and_returns_its_document(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    needed, optional, returned = described(operation)
    said = SAID_BY_THE_METHOD.get(name, set())
    assert taken(getattr(SandboxClient, name)) == (needed - said, optional, returned)


def described(operation: dict[str, Any]) -> tuple[set[str], set[str], str]:
    """Say which fields an operation needs, which it may have, and what it answers."""
    schemas = DESCRIPTION["components"]["schemas"]
    parameters = operation.get("parameters", [])
    fields = {one["name"] for one in parameters}
    needed = {one["name"] for one in parameters if one["required"]}
    if "requestBody" in operation:
        body = schemas[name_of_schema(operation["requestBody"])]
        fields |= set(body["properties"])
        needed |= set(body.get("required", ()))
    answer = next(one for status, one in operation["responses"].items() if status < "300")
    is_document = "application/json" in answer["content"]
    return needed, fields - needed, name_of_schema(answer) if is_document else "str"


def name_of_schema(part: dict[str, Any]) -> str:
    return str(part["content"]["application/json"]["schema"]["$ref"]).rpartition("/")[2]


def taken(method: Callable[..., Any]) -> tuple[set[str], set[str], str]:
    """Say which arguments a method needs, which it may have, and what it returns."""
    signature = inspect.signature(method)
    needed, optional = set[str](), set[str]()
    for name, parameter in list(signature.parameters.items())[1:]:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            (terms,) = get_args(parameter.annotation)
            optional |= terms.__optional_keys__
            needed |= terms.__required_keys__
        elif parameter.default is inspect.Parameter.empty:
            needed.add(name)
        else:
            optional.add(name)
    return needed, optional, signature.return_annotation.__name__


def test_a_refusal_says_what_is_wrong_in_a_word_and_in_a_sentence(client: SandboxClient) -> None:
    with pytest.raises(SandboxRefusedError) as caught:
        client.opt_in("nobody")
    assert (caught.value.status, caught.value.code) == (404, "ProductNotFound")
    assert str(caught.value) == caught.value.message == "there is no product nobody"


def test_a_refused_save_says_what_to_do(client: SandboxClient) -> None:
    with pytest.raises(SandboxRefusedError, match="--state") as caught:
        client.save()
    assert caught.value.code == "NoStateFile"


def test_where_nothing_listens_it_says_how_to_start_a_sandbox() -> None:
    sentence = f"^nothing answers at {NOWHERE}; start a sandbox with: sandbox serve$"
    with (
        SandboxClient(f"{NOWHERE}/") as client,
        pytest.raises(SandboxUnreachableError, match=sentence),
    ):
        client.show_health()


@pytest.mark.parametrize("sent", [httpx.Response(200, text="hello"), httpx.Response(502)])
def test_what_answers_otherwise_is_no_sandbox(sent: httpx.Response) -> None:
    with SandboxClient(NOWHERE) as client:
        client._client = httpx.Client(
            base_url=NOWHERE, transport=httpx.MockTransport(lambda _: sent)
        )
        with pytest.raises(SandboxUnreachableError, match="this is no sandbox"):
            client.show_bill()


def test_an_address_that_is_none_is_said_to_be_one() -> None:
    with pytest.raises(SandboxUnreachableError, match="is no address"):
        SandboxClient("http://127.0.0.1:port")


def test_a_proxy_of_the_machine_is_not_asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve_beside(shop.marketplace) as url, SandboxClient(url) as client:
        assert client.show_health() == {"status": "ok"}


def test_importing_it_loads_no_server_and_no_sdk() -> None:
    heavy = ("fastapi", "starlette", "pydantic", "boto3", "botocore", "cryptography")
    program = (
        "import sys, marketplace_sandbox.client; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
