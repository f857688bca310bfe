"""The handlers as Lambda calls them, over moto and a sandbox marketplace on the loopback."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from marketplace_sandbox.testing import (
    AwsAnswer,
    Caller,
    HostedMarketplace,
    InProcessMarketplace,
    serve_beside,
)

from meterhouse.runtime import (
    announcing_wiring,
    api_wiring,
    clients,
    observability,
    reconcile_wiring,
    registration_wiring,
    tracking_wiring,
    wiring,
)
from tests.integration.adapters.backends import Aws, moto_of_one_caller_at_a_time

REMAINING_MILLISECONDS = 300_000
WIRINGS = (
    *(announcing_wiring, api_wiring, clients, reconcile_wiring),
    *(registration_wiring, tracking_wiring, wiring),
)


class FakeContext(LambdaContext):
    """What Lambda tells a handler about its invocation."""

    def __init__(self, remaining_milliseconds: int = REMAINING_MILLISECONDS) -> None:
        self._function_name = "function"
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
        self._aws_request_id = "request-1"
        self._remaining_milliseconds = remaining_milliseconds

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # static there
        return self._remaining_milliseconds


@dataclass(slots=True)
class Deployment:
    """One deployment: its resources, its environment, and everything that it printed."""

    aws: Aws
    marketplace: InProcessMarketplace
    subscriptions_table: str
    usage_table: str
    usage_queue: str
    rejected_queue: str
    log: io.StringIO
    read_stdout: Callable[[], str]
    _printed: list[str] = field(default_factory=list)

    def printed(self) -> str:
        """Return every log line and metric so far."""
        self._printed.append(self.read_stdout())
        return self.log.getvalue() + "".join(self._printed)

    def log_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def metrics(self) -> dict[str, float]:
        """Return the metrics of all invocations, and check their form."""
        self.printed()
        found: dict[str, float] = {}
        for line in "".join(self._printed).splitlines():
            document = json.loads(line)
            (directive,) = document["_aws"]["CloudWatchMetrics"]
            assert directive["Namespace"] == "Meterhouse"
            reason = document.get("reason")
            by_reason = ["service", "reason"]
            assert directive["Dimensions"] == [by_reason if reason else ["service"]]
            assert document["service"] == "meterhouse-test"
            for metric in directive["Metrics"]:
                values = document[metric["Name"]]
                name = f"{metric['Name']} {reason}" if reason else metric["Name"]
                total = sum(values) if isinstance(values, list) else values
                found[name] = found.get(name, 0) + total
        return found

    def items(self, table_name: str) -> list[dict[str, Any]]:
        return [dict(item) for item in self.aws.dynamodb.scan(TableName=table_name)["Items"]]

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        answer = self.aws.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Aws]:
    with moto_of_one_caller_at_a_time() as aws:
        yield aws


class Counter(HostedMarketplace):
    """Where the server takes its requests: it hands each to the marketplace of the present test."""

    def __init__(self) -> None:
        super().__init__()
        self.marketplace = InProcessMarketplace()

    def answer(self, target: str, body: bytes, *, caller: Caller | None = None) -> AwsAnswer:
        return self.marketplace.answer(target, body, caller=caller)


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter()


@pytest.fixture(scope="module")
def marketplace_url(counter: Counter) -> Iterator[str]:
    with serve_beside(counter) as url:
        yield url


@pytest.fixture
def marketplace(counter: Counter) -> InProcessMarketplace:
    counter.marketplace = InProcessMarketplace()
    return counter.marketplace


@pytest.fixture(autouse=True)
def _fresh_wiring() -> Iterator[None]:
    """Forget the clients and settings of other tests, as a new Lambda environment does."""
    cached = [
        one for module in WIRINGS for one in vars(module).values() if hasattr(one, "cache_clear")
    ]
    for one in cached:
        one.cache_clear()
    yield
    for one in cached:
        one.cache_clear()


@pytest.fixture
def deployment(
    cloud: Aws,
    marketplace: InProcessMarketplace,
    marketplace_url: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    capsys: pytest.CaptureFixture[str],
) -> Deployment:
    log = io.StringIO()
    found = Deployment(
        aws=cloud,
        marketplace=marketplace,
        subscriptions_table=cloud.create_table("SubscriptionsTable"),
        usage_table=cloud.create_table("UsageTable"),
        usage_queue=cloud.create_queue(),
        rejected_queue=cloud.create_queue(),
        log=log,
        read_stdout=lambda: capsys.readouterr().out,
    )
    for name, value in environment_of(found, marketplace_url).items():
        monkeypatch.setenv(name, value)
    # Powertools reads these when it is imported, which tests cannot come before.
    monkeypatch.setattr(observability.metrics, "namespace", "Meterhouse")
    monkeypatch.setattr(observability.metrics, "service", "meterhouse-test")
    monkeypatch.setattr(observability.logger.registered_handler, "stream", log)
    return found


def environment_of(deployment: Deployment, marketplace_url: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_MARKETPLACE_METERING": marketplace_url,
        "AWS_ENDPOINT_URL_MARKETPLACE_AGREEMENT": marketplace_url,
        "AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE": marketplace_url,
        "RECONCILE_FUNCTION": "reconcile",
        "SUBSCRIPTIONS_TABLE": deployment.subscriptions_table,
        "USAGE_TABLE": deployment.usage_table,
        "USAGE_TABLE_IS_ATTACHED": "false",
        "USAGE_QUEUE_URL": deployment.usage_queue,
        "REJECTED_USAGE_QUEUE_URL": deployment.rejected_queue,
        "SETTLE_MINUTES": "0",
        "LATE_USAGE_DAYS_MAX": "31",
        "QUIET_SECONDS": "0",
        "METERING_CALLS_PER_SECOND": "1000",
        "HEARTBEAT": "false",
        "JOURNAL_SHARDS": "1",
        "SPIKE_HOLD_FACTOR": "0",
        "SPIKE_HOLD_UNITS": "100",
        "INCLUDED_UNITS": "",
        "FINAL_USAGE_MINUTES": "10",
        "SIGNUP_URL": "",
        "SUPPORT_CONTACT": "support@example.com",
        "SELLER_NAME": "Example",
        "CONTACT_FIELDS": "email,company,name",
        "ASK_AGREEMENT_CONTACTS": "false",
        "READ_ENTITLEMENTS": "false",
    }
