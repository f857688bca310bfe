"""The Python client is the control API: its operations, its fields, its documents."""

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from marketplace_sandbox.client import (
    Channel,
    Delivery,
    DisturbanceKind,
    FaultKind,
    MeteringMode,
    OfferKind,
    Operation,
    Platform,
    PricingModel,
    SandboxClient,
    SandboxRefusedError,
    SandboxUnreachableError,
    TargetKind,
)
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.server import serve_beside
from marketplace_sandbox.state_file import StateFile
from tests.asking import ask
from tests.builders import ACCOUNT, NOON_AT, Shop
from tests.typing_commands import NOWHERE
from tests.watched_client import DESCRIPTION, METHODS, OPERATIONS, watched

BUYER = "777788889999"
SAID_BY_THE_METHOD = {"reset": {"confirm"}}  # its name says it already


@pytest.fixture
def client(shop: Shop) -> Iterator[SandboxClient]:
    with serve_beside(shop.marketplace) as url, SandboxClient(url) as client:
        yield client


def sell(client: SandboxClient) -> None:
    assert client.show_health() == {"status": "ok"}
    vault = client.list_product(
        "Vault",
        ["api_calls", {"name": "seats", "kind": "entitled", "unit_price": "12.50"}],
        product_code="vault/1",
        pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
    )
    assert client.show_product("vault/1") == vault
    assert vault in client.list_products()["products"]
    amended = client.amend_product(
        "vault/1",
        dimensions=["storage", {"name": "seats", "unit_price": "15"}],
        removed_dimensions=["api_calls"],
    )
    assert amended["dimensions"] == ["seats", "storage"]
    assert amended["dimension_terms"][0]["unit_price"] == "15"
    assert client.amend_product("vault/1", dimensions=["api_calls"]) == client.show_product(
        "vault/1"
    )
    assert client.opt_in("legacy")["mode"] == MeteringMode.MIGRATING
    offer = client.make_offer(
        "vault/1",
        kind=OfferKind.PRIVATE,
        buyer_account_ids=[BUYER],
        duration_days=365,
        prices=[{"dimension": "api_calls", "unit_price": "0.5"}],
        expires_at=NOON_AT + timedelta(days=9),
    )
    assert offer["expires_at"] == "2026-12-01T12:00:00Z"
    assert client.show_offer(offer["offer_id"]) == offer
    assert offer in client.list_offers()["offers"]
    first = client.subscribe(
        "vault/1", customer_aws_account_id=BUYER, offer_id=offer["offer_id"], starts_at=NOON_AT
    )
    grants = [{"dimension": "seats", "value": 50}]
    extended = client.amend_agreement(
        first["agreement_id"], grants=[{"dimension": "seats", "value": 50}]
    )
    assert extended["grants"] == grants
    second = client.renew_agreement(first["agreement_id"])
    assert second["previous_agreement_id"] == first["agreement_id"]
    standing = client.make_offer("vault/1", duration_days=30)
    third = client.replace_agreement(second["agreement_id"], standing["offer_id"])
    assert client.show_agreement(third["agreement_id"]) == third


def end(client: SandboxClient) -> None:
    one, two, three = (client.subscribe("licensed")["agreement_id"] for _ in range(3))
    assert client.issue_token(one, lifetime_seconds=60)["expires_at"] == "2026-11-22T12:01:00Z"
    assert client.end_agreement(one, ends_at=NOON_AT)["ends_at"] == "2026-11-22T12:00:00Z"
    assert client.cancel_agreement(two)["status"] == "CANCELLED"
    assert client.deprovision_agreement(two)["deprovisioned_at"] is not None
    assert client.terminate_agreement(three)["status"] == "TERMINATED"
    assert len(client.list_agreements()["agreements"]) > len((one, two, three))
    assert client.suspend_account(BUYER) == client.list_suspended_accounts()
    assert client.reinstate_account(BUYER) == {"suspended_accounts": []}


def run(client: SandboxClient) -> None:
    client.list_product("Box", ["api_calls"], product_code="box", delivery=Delivery.CONTAINER)
    launched = client.launch_resource("box", BUYER, Platform.ECS, region="eu-west-1")
    assert client.show_resource(launched["resource_id"]) == launched
    assert client.stop_resource(launched["resource_id"])["stopped_at"] is not None
    assert len(client.list_resources()["resources"]) == 1
    version = client.rotate_public_key()["version"]
    assert client.list_public_keys()["public_keys"][-1]["version"] == version


def go_wrong(client: SandboxClient) -> None:
    fault = client.script_fault(
        FaultKind.SLOW,
        operation=Operation.BATCH_METER_USAGE,
        until_cleared=True,
        probability=Decimal("0.50"),
        delay_seconds=5,
    )
    assert (fault["probability"], fault["delay_seconds"]) == ("0.50", "5")
    assert client.list_faults()["faults"] == [fault]
    assert client.remove_fault(fault["fault_id"]) == client.clear_faults() == {"faults": []}


def account(client: SandboxClient) -> None:
    (line,) = client.show_bill()["records"]
    assert line["customer_aws_account_id"] == ACCOUNT
    assert client.download_bill().startswith("product_code,")
    assert client.list_double_billed() == {"double_billed": []}
    assert len(client.list_lost_duplicates()["lost_duplicates"]) == 1
    assert len(client.list_refused_usage()["refusals"]) == 1
    (month,) = client.list_invoices()["months"]
    assert client.show_invoice(month, product_code="licensed")["month"] == month
    assert "," in client.download_invoice(month, product_code="licensed")
    assert len(client.list_calls()["calls"]) == 2
    assert client.list_calls(since=NOON_AT, after=1, limit=1)["calls"][0]["sequence"] == 2
    assert len(client.list_calls_as_cloudtrail(outcome="Success")["Records"]) == 2
    assert len(client.list_refusals()["refusals"]) == 1


def tell(client: SandboxClient) -> None:
    target = client.add_target(
        TargetKind.HTTP, "http://127.0.0.1:9/", channels=[Channel.EVENTBRIDGE], is_raw=True
    )
    assert client.list_targets()["event_targets"] == [target]
    assert client.replay_events(target["target_id"], after=2**50) == {"events": 0}
    repeat = client.script_disturbance(DisturbanceKind.REPEAT, copies=2, rate="0.5")
    assert client.list_disturbances()["disturbances"] == [repeat]
    assert client.remove_disturbance(repeat["disturbance_id"]) == client.clear_disturbances()
    assert client.list_deliveries()["deliveries"] == []
    assert client.remove_target(target["target_id"]) == {"event_targets": []}
    events = client.list_events(channel=Channel.EVENTBRIDGE, product_code="licensed", after=1)
    assert events["events"][0]["product_code"] == "licensed"


def wait(client: SandboxClient) -> None:
    assert client.list_rules()["rules"]
    assert client.list_switches()["switches"]
    assert client.set_reading("usage_age", "6h")["reading"] == "6h"
    assert client.list_presets()["presets"]
    assert client.set_preset("documented")["is_in_force"]
    assert client.freeze_clock()["is_frozen"]
    assert client.set_clock(NOON_AT + timedelta(hours=1))["now"] == "2026-11-22T13:00:00Z"
    assert client.advance_clock(3600)["now"] == "2026-11-22T14:00:00Z"
    assert client.set_clock_speed(Decimal(60))["speed"] == "60"
    assert client.resume_clock()["speed"] == "1"
    assert client.offset_clock(-5) == client.show_clock()
    assert client.reset() == {"status": "ok"}
    assert client.list_products() == {"products": []}


def test_every_method_asks_for_the_operation_of_its_name_and_returns_what_was_sent(
    shop: Shop, tmp_path: Path
) -> None:
    asked: dict[str, str] = {}
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=9))
    with serve_beside(shop.marketplace) as url, watched(url, asked) as client:
        for act in (account, sell, end, ask, run, go_wrong, tell, wait):
            act(client)
    saved = HostedMarketplace(state=StateFile(tmp_path / "shop.json"))
    with serve_beside(saved) as url, watched(url, asked) as client:
        assert client.save()["size_bytes"] > 0

    assert {name: asked.get(name) for name in METHODS} == {name: name for name in METHODS}


def test_every_operation_has_a_method() -> None:
    assert set(OPERATIONS) == METHODS


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
