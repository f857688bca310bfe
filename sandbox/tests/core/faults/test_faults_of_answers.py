"""Answers that get lost, are cut short or come late: what a client sees, and what was done."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from marketplace_sandbox.core.answer_request import AwsAnswer
from marketplace_sandbox.core.model.callers import Caller
from marketplace_sandbox.in_process import InProcessMarketplace
from marketplace_sandbox.server import serve_beside
from tests.builders import NOON_AT, Shop, code_of, statuses

READ_TIMEOUT_SECONDS = 0.5
AN_AGE = Decimal(900)


@pytest.fixture
def url(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    """Serve the shop; nothing that happens may leave a word in the server's log."""
    with serve_beside(shop.marketplace) as url:
        yield url
    assert capsys.readouterr() == ("", "")


def boto3_client(url: str, *, attempts: int = 1) -> Any:
    return boto3.client(
        "meteringmarketplace",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="thing",
        config=Config(
            retries={"total_max_attempts": attempts, "mode": "standard"},
            read_timeout=READ_TIMEOUT_SECONDS,
        ),
    )


def post(url: str, *, timeout: float | None = 10) -> httpx.Response:
    headers = {"x-amz-target": "AWSMPMeteringService.BatchMeterUsage"}
    return httpx.post(url, headers=headers, content=b'{"UsageRecords": []}', timeout=timeout)


def test_a_lost_answer_is_a_closed_connection_and_everything_was_applied(
    shop: Shop, url: str
) -> None:
    shop.marketplace.inject_fault("lost_answer")
    record = shop.licensed_record()
    with pytest.raises(ConnectionClosedError):
        boto3_client(url).batch_meter_usage(UsageRecords=[record])
    assert shop.billed() == [("api_calls", "5")]
    assert statuses(shop.meter(record)) == ["Success"]
    assert len(shop.billed()) == 1
    (lost, _) = shop.marketplace.calls()
    assert (lost.outcome, lost.fault, lost.http_status) == ("Success", "lost_answer", None)


def test_boto3_itself_retries_after_a_lost_answer(shop: Shop, url: str) -> None:
    shop.marketplace.inject_fault("lost_answer")
    answer = boto3_client(url, attempts=2).batch_meter_usage(UsageRecords=[shop.licensed_record()])
    assert statuses(answer) == ["Success"]
    assert len(shop.billed()) == 1
    assert len(shop.marketplace.calls()) == 2


def test_a_lost_answer_is_lost_in_process_too(shop: Shop) -> None:
    shop.marketplace.inject_fault("lost_answer")
    with pytest.raises(ConnectionClosedError):
        shop.meter(shop.licensed_record())
    assert len(shop.billed()) == 1


def test_the_headers_of_a_truncated_answer_promise_more_than_arrives(shop: Shop, url: str) -> None:
    shop.marketplace.inject_fault("truncated")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        post(url)
    assert post(url).json() == {"Results": [], "UnprocessedRecords": []}


def test_boto3_takes_a_truncated_answer_for_a_success_that_says_nothing(
    shop: Shop, url: str
) -> None:
    answers = []
    for meter in (boto3_client(url).batch_meter_usage, shop.marketplace.batch_meter_usage):
        shop.marketplace.inject_fault("truncated")
        answers.append(meter(UsageRecords=[shop.licensed_record()]))
    for answer in answers:
        assert set(answer) == {"ResponseMetadata"}
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert shop.billed() == [("api_calls", "5")]


def test_a_slow_answer_arrives_after_all(shop: Shop, url: str) -> None:
    shop.marketplace.inject_fault("slow", delay_seconds=Decimal("0.01"))
    answer = boto3_client(url).batch_meter_usage(UsageRecords=[shop.licensed_record()])
    assert statuses(answer) == ["Success"]
    assert [call.fault for call in shop.marketplace.calls()] == ["slow"]


def test_whoever_has_no_patience_for_a_slow_answer_has_metered_nevertheless(
    shop: Shop, url: str
) -> None:
    shop.marketplace.inject_fault("slow", delay_seconds=AN_AGE)
    with pytest.raises(ReadTimeoutError):
        boto3_client(url).batch_meter_usage(UsageRecords=[shop.licensed_record()])
    assert len(shop.billed()) == 1
    assert post(url).status_code == 200


class Announcing(InProcessMarketplace):
    """Says when it has answered a call, however long that answer takes to arrive."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: NOON_AT)
        self.has_answered = threading.Event()

    def answer(self, target: str, body: bytes, *, caller: Caller | None = None) -> AwsAnswer:
        answer = super().answer(target, body, caller=caller)
        self.has_answered.set()
        return answer


def test_the_server_stops_while_it_keeps_back_an_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    marketplace = Announcing()
    marketplace.inject_fault("slow", delay_seconds=AN_AGE)
    seen: list[str] = []

    def call(url: str) -> None:
        try:
            post(url, timeout=None)
        except httpx.TransportError as error:
            seen.append(type(error).__name__)

    with serve_beside(marketplace) as url:
        caller = threading.Thread(target=call, args=(url,))
        caller.start()
        assert marketplace.has_answered.wait(10)
    caller.join()
    assert seen == ["RemoteProtocolError"]
    assert capsys.readouterr() == ("", "")


def test_in_process_a_slow_answer_waits_without_the_lock() -> None:
    waited: list[float] = []
    is_free: list[bool] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        other = threading.Thread(target=lambda: is_free.append(bool(marketplace.calls())))
        other.start()
        other.join()

    marketplace = InProcessMarketplace(clock=lambda: NOON_AT, sleep=sleep)
    marketplace.inject_fault("slow", delay_seconds=Decimal("2.5"))
    assert marketplace.batch_meter_usage(UsageRecords=[])["Results"] == []
    assert (waited, is_free) == ([2.5], [True])


def test_entitlements_can_get_lost_as_well(shop: Shop) -> None:
    shop.marketplace.inject_fault("lost_answer", operation="GetEntitlements")
    with pytest.raises(ConnectionClosedError):
        shop.marketplace.get_entitlements(ProductCode="licensed")


@pytest.mark.parametrize("kind", ["lost_answer", "truncated", "internal_error_after"])
def test_a_refused_call_uses_up_no_late_fault_of_any_kind(shop: Shop, kind: str) -> None:
    shop.marketplace.inject_fault(kind)
    bad = shop.licensed_record(Dimension="unknown")
    assert code_of(lambda: shop.meter(bad)) == "InvalidUsageDimensionException"
    assert len(shop.marketplace.faults()) == 1
