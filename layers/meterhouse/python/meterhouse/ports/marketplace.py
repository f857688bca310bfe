"""What billing needs of AWS Marketplace Metering."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import CallAnswer


class Metering(Protocol):
    """AWS Marketplace Metering as billing needs it."""

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        """Make one call, without any hidden retry, and return what AWS answered as a value."""


class CallQuota(Protocol):
    """The account's budget of BatchMeterUsage calls, shared by everything that calls."""

    def reserve(self, now: datetime) -> datetime:
        """Take the next free place and return its time, at or after `now`."""
