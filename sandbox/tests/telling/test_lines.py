"""The line that `sandbox serve` prints about a call: what it was, what became of it, and why."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import httpx
import pytest

from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.catalogue import Dimension, MeteringMode, NewProduct
from marketplace_sandbox.core.model.faults import FaultKind, NewFault
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.server import serve_beside
from marketplace_sandbox.telling.requests import telling_calls

ACCOUNT = "444455556666"
NOON_AT = datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)


@dataclass
class Told:
    """A marketplace with one buyer at noon, and what was told of it."""

    lines: list[str] = field(default_factory=list)
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.marketplace = HostedMarketplace(
            clock=lambda: NOON_AT, on_call=telling_calls(self.lines.append)
        )
        desks = self.marketplace.desks
        desks.catalogue.list_product(
            NewProduct("Atlas", MeteringMode.LICENSE, (Dimension("api_calls"),), code="atlas")
        )
        self.sold: Agreement = desks.agreements.subscribe(NewAgreement("atlas", ACCOUNT))

    def record(self, **fields: Any) -> dict[str, Any]:
        return {
            "Timestamp": (NOON_AT - timedelta(hours=1)).timestamp(),
            "Dimension": "api_calls",
            "Quantity": 5,
            "CustomerAWSAccountId": ACCOUNT,
            "LicenseArn": self.sold.license_arn,
        } | fields

    def call(self, operation: str, **headers: str) -> Any:
        def send(**document: Any) -> httpx.Response:
            target = {"x-amz-target": f"AWSMPMeteringService.{operation}"}
            return self.http.post("/", content=json.dumps(document), headers=target | headers)

        return send

    def script(self, kind: FaultKind) -> None:
        self.marketplace.desks.faults.script(NewFault(None, kind))

    def last(self) -> str:
        """Return the only line there is, and forget it."""
        (line,) = self.lines
        self.lines.clear()
        return line


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    with (
        serve_beside(told.marketplace, tell=told.lines.append) as url,
        httpx.Client(base_url=url) as told.http,
    ):
        yield told


def test_a_buyer_whose_name_is_empty_is_not_told(told: Told) -> None:
    told.call("BatchMeterUsage")(
        ProductCode="atlas",
        UsageRecords=[
            {"Timestamp": NOON_AT.timestamp(), "Dimension": "api_calls", "CustomerIdentifier": ""}
        ],
    )
    assert told.last().startswith("12:00:07 BatchMeterUsage 1 record of atlas: 400 ")


def test_what_became_of_each_record_is_counted_with_the_reason(told: Told) -> None:
    meter = told.call("BatchMeterUsage")
    meter(UsageRecords=[told.record()])
    assert told.last() == "12:00:07 BatchMeterUsage 1 record of atlas for 444455556666: 1 Success"

    meter(UsageRecords=[told.record(), told.record(Quantity=6)])
    assert told.last() == (
        "12:00:07 BatchMeterUsage 2 records of atlas for 444455556666: 1 Success, 1 DuplicateRecord"
        " (sent 6, but 5 is billed)"
    )


def test_a_refused_call_has_a_status_a_name_and_a_reason(told: Told) -> None:
    told.call("ResolveCustomer")(RegistrationToken="nonsense")
    assert told.last().startswith("12:00:07 ResolveCustomer: 400 InvalidTokenException: ")

    told.call("BatchMeterUsage")(UsageRecords=[told.record(Dimension="nothing")])
    line = told.last()
    assert " of atlas for 444455556666: 400 InvalidUsageDimensionException: " in line
    assert line.endswith(told.marketplace.desks.calls.refusals()[-1].message)


def test_a_fault_is_named(told: Told) -> None:
    for kind in (FaultKind.THROTTLE, FaultKind.LOST_ANSWER):
        told.script(kind)
    told.call("BatchMeterUsage")(UsageRecords=[told.record()])
    assert told.last().endswith(": 400 ThrottlingException: Rate exceeded (fault throttle)")
    with pytest.raises(httpx.RemoteProtocolError):
        told.call("BatchMeterUsage")(UsageRecords=[told.record()])
    assert told.last().endswith(": 1 Success (fault lost_answer)")


@pytest.mark.parametrize(
    ("headers", "content", "reason"),
    [
        (
            {"content-type": "text/html"},
            b"{}",
            "400 UnknownOperationException: The content type is none of AWS JSON's.",
        ),
        ({"content-type": "application/json"}, b"{", "400 SerializationException: "),
    ],
)
def test_what_is_not_even_a_call_is_told_once(
    told: Told, headers: dict[str, str], content: bytes, reason: str
) -> None:
    target = {"x-amz-target": "AWSMPMeteringService.MeterUsage"}
    told.http.post("/", content=content, headers=target | headers)
    assert reason in told.last()


def test_what_is_no_call_in_cbor_is_told_too(told: Told) -> None:
    path = "/service/AWSMPEntitlementService/operation/GetEntitlements"
    answer = told.http.post(path, content=b"{}", headers={"smithy-protocol": "rpc-v2-cbor"})
    assert told.last().endswith(
        f": 400 {_error_of(answer)}: The content type is not application/cbor."
    )


def _error_of(answer: httpx.Response) -> object:
    return cbor2.loads(answer.content)["__type"]


def test_a_command_is_told_with_its_status_and_what_was_wrong(told: Told) -> None:
    product = {"title": "B", "dimensions": ["calls"], "code": "b"}
    told.http.post("/_sandbox/products", json=product)
    assert told.last() == "12:00:07 POST /_sandbox/products: 201 Created"

    told.http.post("/_sandbox/products", json=product)
    assert told.last().startswith("12:00:07 POST /_sandbox/products: 409 ProductExists: ")

    told.http.get("/_sandbox/products/nothing")
    assert told.last() == (
        "12:00:07 GET /_sandbox/products/nothing: 404 ProductNotFound: there is no product nothing"
    )
    told.http.get("/_sandbox/bill")
    assert told.last() == "12:00:07 GET /_sandbox/bill: 200 OK"


def test_what_a_page_of_another_site_sends_is_told(told: Told) -> None:
    told.http.post("/_sandbox/reset", headers={"origin": "http://elsewhere.example"})
    assert ": 403 Forbidden: " in told.last()


def test_what_only_waits_or_looks_is_not_told_unless_it_fails(told: Told) -> None:
    for path in ("/_sandbox/health", "/_sandbox/calls?after=3", "/", "/bill", "/console.css"):
        assert told.http.get(path).status_code == 200
    assert told.lines == []
    assert told.http.get("/nothing", headers={"accept": "text/html"}).status_code == 404
    assert told.last() == "12:00:07 GET /nothing: 404 Not Found"


def test_what_a_person_does_in_the_console_is_told(told: Told) -> None:
    answer = told.http.post("/products", data={"title": "C"}, follow_redirects=False)
    assert told.last().startswith(f"12:00:07 POST /products: {answer.status_code} ")
