"""Fixtures of pytest for programs that sell on AWS Marketplace: a marketplace for each test.

They are there once the package is installed; no line of a `conftest.py` loads them. A test sells,
calls AWS with the program's own clients, and looks at the bill:

    import boto3

    def test_usage_is_billed(marketplace, marketplace_url):
        product = marketplace.create_product(title="Atlas", dimensions=("api_calls",))
        sold = marketplace.create_agreement(product.product_code)
        record = {
            "Timestamp": marketplace.now(),
            "Dimension": "api_calls",
            "Quantity": 12,
            "CustomerAWSAccountId": sold.customer_aws_account_id,
            "LicenseArn": sold.license_arn,
        }

        metering = boto3.client("meteringmarketplace")
        metering.batch_meter_usage(UsageRecords=[record])

        assert [line.quantity for line in marketplace.bill()] == [12]

Whoever can hand his program a client needs no port: `marketplace` itself is used like boto3's.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

# Every run of pytest beside this package loads the plugin, so it loads the rest when a test asks.
if TYPE_CHECKING:
    from marketplace_sandbox.core.model.readings import Readings
    from marketplace_sandbox.in_process import InProcessMarketplace

MARKER = "marketplace"
_MARKER_HELP = (
    f"{MARKER}(at, metering_calls_per_second, readings): how the test's marketplace begins: "
    "at which time (aware datetime or ISO 8601), with which quota, and how AWS is read."
)
_ENDPOINTS = (
    "AWS_ENDPOINT_URL_MARKETPLACE_METERING",
    "AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE",
    "AWS_ENDPOINT_URL_MARKETPLACE_AGREEMENT",
)
# With these a program would be somebody else, or not look at the endpoints.
_ABSENT = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
_SOMEBODY = {
    "AWS_ACCESS_KEY_ID": "anything",
    "AWS_SECRET_ACCESS_KEY": "goes",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_UNPROXIED = ("NO_PROXY", "no_proxy")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER_HELP)


@pytest.fixture
def marketplace(request: pytest.FixtureRequest) -> "InProcessMarketplace":
    """Give an empty marketplace whose time stands still; the same ids come back in every run.

    It shows the machine's time at the test's beginning, so usage stamped by the machine's clock is
    taken; `@pytest.mark.marketplace(at="2026-11-30T23:30:00Z")` sets another.
    `marketplace.desks.clock` moves it. In process, a slow answer moves it too, and nobody waits.
    """
    return _make_marketplace(request.node.get_closest_marker(MARKER))


@pytest.fixture
def marketplace_url(
    marketplace: "InProcessMarketplace", monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Serve the test's marketplace on a loopback port, and give its URL.

    Meanwhile the environment leads every AWS SDK there, those of started programs as well, with
    keys that mean nothing. boto3's default session begins anew; a client made earlier stays what it
    is.
    """
    import boto3  # noqa: PLC0415 - as above
    from loopback_console.serving import LOOPBACK_HOST  # noqa: PLC0415 - as above

    from marketplace_sandbox.server import serve_beside  # noqa: PLC0415 - as above

    with serve_beside(marketplace) as url:
        for name in _ABSENT:
            monkeypatch.delenv(name, raising=False)
        for name, value in (_SOMEBODY | dict.fromkeys(_ENDPOINTS, url)).items():
            monkeypatch.setenv(name, value)
        for name in _UNPROXIED:
            monkeypatch.setenv(name, ",".join(filter(None, (os.environ.get(name), LOOPBACK_HOST))))
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        yield url


def _make_marketplace(marker: pytest.Mark | None) -> "InProcessMarketplace":
    if marker is None:
        return _begin()
    if marker.args:
        raise pytest.UsageError(f"the arguments of {_MARKER_HELP.partition(':')[0]} need names")
    try:
        return _begin(**marker.kwargs)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"the marker {MARKER} cannot be read: {error}") from error


def _begin(
    *,
    at: datetime | str | None = None,
    metering_calls_per_second: int | None = None,
    readings: "Readings | None" = None,
) -> "InProcessMarketplace":
    from marketplace_sandbox.in_process import InProcessMarketplace  # noqa: PLC0415 - as above

    def pass_time(seconds: float) -> None:
        made.desks.clock.advance(timedelta(seconds=seconds))

    now = _read_time(at)
    made = InProcessMarketplace(
        clock=lambda: now,
        metering_calls_per_second=metering_calls_per_second,
        readings=readings,
        sleep=pass_time,
    )
    made.desks.clock.freeze()
    return made


def _read_time(at: Any) -> datetime:  # noqa: ANN401 - whatever a test's marker holds
    if at is None:
        return datetime.now(UTC)
    named = datetime.fromisoformat(at) if isinstance(at, str) else at
    if not isinstance(named, datetime) or named.tzinfo is None:
        raise ValueError("a time names its offset from UTC, such as 2026-11-30T23:30:00Z")
    return named.astimezone(UTC)
