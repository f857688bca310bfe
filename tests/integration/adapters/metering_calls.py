"""BatchMeterUsage calls of one record each, to a server that a test has scripted."""

from datetime import UTC, datetime
from typing import Any, cast

from botocore.config import Config

from meterhouse.adapters.marketplace import METERING_CONFIG, MeteringApi
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import CallAnswer, Missing, OutcomeUnknown, Processed
from tests.integration.adapters.scripted_server import Server, metering_client
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN

TIMESTAMP = int(datetime(2026, 11, 18, 12, 7, 8, tzinfo=UTC).timestamp())


def api_at(url: str) -> MeteringApi:
    """Return the adapter with its own rules, but without its patience."""
    config = METERING_CONFIG.merge(Config(connect_timeout=0.5, read_timeout=0.5))
    return MeteringApi(metering_client(url, config))


def record(dimension: str = "api_calls", **fields: Any) -> UsageRecord:
    one: Any = {
        "Timestamp": TIMESTAMP,
        "Dimension": dimension,
        "Quantity": 7,
        "CustomerAWSAccountId": ACCOUNT,
        "LicenseArn": LICENSE_ARN,
        **fields,
    }
    return cast("UsageRecord", one)


def result(status: str, dimension: str = "api_calls", **fields: Any) -> dict[str, Any]:
    receipt = {"MeteringRecordId": f"receipt-{dimension}"}
    return {"UsageRecord": {**record(dimension), **fields}, "Status": status, **receipt}


def meter(server: Server, *records: UsageRecord) -> CallAnswer:
    return api_at(server.url).batch_meter_usage(None, records or [record()])


def assert_proves_nothing(answer: CallAnswer) -> None:
    """Hold that the answer neither says that the record was billed, nor that it was not."""
    assert isinstance(answer, OutcomeUnknown) or answer == Processed((Missing(),))
