"""The keys of all usage: meters, metering records, and the hour logs that hold both.

AWS bills one record per subscription, dimension and UTC hour.
"""

import zlib
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from meterhouse.domain.hours import format_hour, read_hour
from meterhouse.domain.subscriptions.identity import SubscriptionKey, is_tenant

# A small seller pays for one log an hour. More of them bound the memory of a fold, and the thousand
# write units a second that DynamoDB gives to one partition:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
SHARDS_MAX = 64
_TENANTS_SHARD = 0
# AWS Marketplace is younger, and deadlines of later hours could not be reckoned.
_YEARS = range(2000, 3000)
_SUBSCRIPTIONS_KEPT = 20_000
_RECORDS_KEPT = 20_000


class MeterKey(NamedTuple):
    """One dimension of one subscription."""

    subscription: SubscriptionKey
    dimension: str


class RecordKey(NamedTuple):
    """One metering record; `hour_at` is the start of a UTC hour."""

    subscription: SubscriptionKey
    dimension: str
    hour_at: datetime

    @property
    def meter(self) -> MeterKey:
        """The subscription and dimension without the hour."""
        return MeterKey(self.subscription, self.dimension)

    @classmethod
    def parse(cls, name: str) -> "RecordKey":
        """Read what `str` writes, such as a log line's `record`; raises ValueError."""
        meter, _, hour = name.rpartition("|")
        subscription, _, dimension = meter.partition("|")
        if not subscription or not dimension:
            raise ValueError("a record is named <subscription>|<dimension>|<hour>")
        key = cls(SubscriptionKey(subscription), dimension, read_hour(hour))
        if str(key) != name:
            raise ValueError("its hour is written like 2026-11-22T18")
        if key.hour_at.year not in _YEARS:
            raise ValueError("its hour is none in which anything could be metered")
        return key

    def __str__(self) -> str:
        return f"{self.subscription}|{self.dimension}|{format_hour(self.hour_at)}"


class LogKey(NamedTuple):
    """All usage of one UTC hour and one shard of the subscriptions; `hour_at` starts the hour."""

    hour_at: datetime
    shard: int

    def __str__(self) -> str:
        return f"{format_hour(self.hour_at)}#{self.shard:02}"

    @classmethod
    def parse(cls, name: str) -> "LogKey":
        """Read what `str` writes; raises ValueError."""
        hour, _, shard = name.partition("#")
        return cls(read_hour(hour), int(shard))


def segment_label(generation: int, name: str) -> str:
    """Return how heads, batches and log lines name a segment of a log."""
    return f"{generation}#{name}"


@lru_cache(maxsize=_SUBSCRIPTIONS_KEPT)
def shard_of(subscription: SubscriptionKey, shards: int) -> int:
    """Return the shard of a subscription, the same for ever while the number of shards is.

    All tenants have one, because a subscription may go from one to another within an hour: two logs
    would freeze a record of it each.
    """
    return _TENANTS_SHARD if is_tenant(subscription) else zlib.crc32(subscription.encode()) % shards


def shards_of(subscription: SubscriptionKey, shards: int) -> frozenset[int]:
    """Return the shards that may hold usage of a subscription: its own, and that of tenants."""
    return frozenset({shard_of(subscription, shards), _TENANTS_SHARD})


@lru_cache(maxsize=_RECORDS_KEPT)
def log_of(home: RecordKey, shards: int) -> LogKey:
    """Return the hour log that holds the usage of a metering record."""
    return LogKey(home.hour_at, shard_of(home.subscription, shards))
