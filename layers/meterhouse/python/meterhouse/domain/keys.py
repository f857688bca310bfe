"""The key of a metering record: AWS bills one record per subscription, dimension and UTC hour."""

from datetime import datetime
from typing import NamedTuple

from meterhouse.domain.hours import format_hour, read_hour
from meterhouse.domain.identity import SubscriptionKey


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
        return cls(SubscriptionKey(subscription), dimension, read_hour(hour))

    def __str__(self) -> str:
        return f"{self.subscription}|{self.dimension}|{format_hour(self.hour_at)}"
