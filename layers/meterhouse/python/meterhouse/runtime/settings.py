"""The settings of the metering functions, read from the environment and checked when first used.

Each function reads only what it uses, so a function needs no variable of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from meterhouse.domain.allowances.rules import Rules
from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX
from meterhouse.domain.keys import SHARDS_MAX
from meterhouse.domain.records.spikes import SpikeHold
from meterhouse.domain.subscriptions.final_hour import FINAL_USAGE_MAX
from meterhouse.runtime.environ import flag, text, whole
from meterhouse.runtime.usage_settings import read_included

_SETTLE_MINUTES_MAX = 360
_QUIET_SECONDS_MAX = 900
_CALLS_PER_SECOND_MAX = 1_000
_SPIKE_FACTOR_MAX = 1_000
_SPIKE_UNITS_MAX = 1_000_000_000
# What a function needs besides the fold of an hour, and what an event takes there: 100 bytes where
# its id is a UUID, up to 250 for the longest ids.
_OTHER_MEBIBYTES = 500
_EVENT_BYTES = 250
_MEBIBYTE = 1_048_576


@dataclass(frozen=True, slots=True)
class MeteringSettings:
    """What `drain_usage` and `reconcile_usage` need."""

    subscriptions_table: str
    usage_table: str
    is_table_attached: bool
    usage_queue_url: str
    settle: timedelta
    quiet: timedelta
    calls_per_second: int
    heartbeat: bool
    shards: int
    spikes: SpikeHold
    included: Rules
    fold_events_max: int


def read_metering_settings(environ: Mapping[str, str]) -> MeteringSettings:
    """Read the settings of the metering functions; raises SettingsError naming the variable."""
    return MeteringSettings(
        subscriptions_table=text(environ, "SUBSCRIPTIONS_TABLE"),
        usage_table=text(environ, "USAGE_TABLE"),
        is_table_attached=flag(environ, "USAGE_TABLE_IS_ATTACHED"),
        usage_queue_url=text(environ, "USAGE_QUEUE_URL"),
        settle=timedelta(minutes=whole(environ, "SETTLE_MINUTES", 0, _SETTLE_MINUTES_MAX)),
        quiet=timedelta(seconds=whole(environ, "QUIET_SECONDS", 0, _QUIET_SECONDS_MAX)),
        calls_per_second=whole(environ, "METERING_CALLS_PER_SECOND", 1, _CALLS_PER_SECOND_MAX),
        heartbeat=flag(environ, "HEARTBEAT"),
        shards=whole(environ, "JOURNAL_SHARDS", 1, SHARDS_MAX),
        spikes=SpikeHold(
            factor=Decimal(whole(environ, "SPIKE_HOLD_FACTOR", 0, _SPIKE_FACTOR_MAX)),
            units_min=Decimal(whole(environ, "SPIKE_HOLD_UNITS", 1, _SPIKE_UNITS_MAX)),
        ),
        included=read_included(environ),
        fold_events_max=_fold_events_max(environ),
    )


def _fold_events_max(environ: Mapping[str, str]) -> int:
    """Return how many events of one hour this function can hold in memory.

    Lambda says how much memory there is: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    mebibytes = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    if not mebibytes:
        return FOLD_EVENTS_MAX
    free = max(int(mebibytes) - _OTHER_MEBIBYTES, _OTHER_MEBIBYTES)
    return free * _MEBIBYTE // _EVENT_BYTES


def read_rejected_queue_url(environ: Mapping[str, str]) -> str:
    """Read where `drain_usage` hands over what can never be billed."""
    return text(environ, "REJECTED_USAGE_QUEUE_URL")


def read_final_usage(environ: Mapping[str, str]) -> timedelta:
    """Read how long `reconcile_usage` waits for the last usage of a subscription that ended."""
    highest = FINAL_USAGE_MAX // timedelta(minutes=1)
    return timedelta(minutes=whole(environ, "FINAL_USAGE_MINUTES", 0, highest))
