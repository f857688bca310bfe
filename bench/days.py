"""What the books of a day cost: entering every subscription's usage, and reading it again."""

from dataclasses import dataclass
from decimal import Decimal

from bench.capacity import Item, item_bytes, query_units, stored_bytes
from bench.counting import Bench
from bench.playing import Play, playing
from bench.spending import Costs
from bench.steady import HOURS_OF_A_DAY, build_day
from meterhouse.adapters.usage_table.items import HEADS_PARTITION

DAYS_OF_A_MONTH = 30
# The hours whose units a run publishes.
_HOURS_SHOWN = 72


@dataclass(frozen=True, slots=True)
class DayCost:
    """What a day's books cost.

    Attributes:
        subscriptions: who has a sheet.
        dimensions: of each, used in every hour.
        filing: of the whole day.
        sheet_bytes: the stored size of all sheets.
        month_of_sheets: read units of one subscription's sheets of 30 days.
        month_of_heads: read units of the heads of 30 days of hours.
        idle_run: read units of a scheduled run that finds nothing to do.

    """

    subscriptions: int
    dimensions: int
    filing: Costs
    sheet_bytes: int
    month_of_sheets: Decimal
    month_of_heads: Decimal
    idle_run: Costs


def count_day(bench: Bench, subscriptions: int, dimensions: int) -> DayCost:
    """Play a day in which every meter is used in every hour, until its books are closed."""
    account, recorder = bench.account()
    shape = build_day(subscriptions * dimensions)
    with playing(shape, account, recorder) as play:
        for drain in shape.drains:
            play.drain(drain)
        play.finish()
        play.check()
        play.file()
        idle = _idle_run(play)
    items = recorder.items(account.usage_table)
    sheets = [item for item in items if item["pk"]["S"].startswith("SHEET#")]
    heads = [item for item in items if item["pk"]["S"] == HEADS_PARTITION]
    if len(sheets) != subscriptions or len(heads) != HOURS_OF_A_DAY:
        raise ValueError(f"{len(sheets)} sheets and {len(heads)} hours")
    shown = _repeated(heads, _HOURS_SHOWN // HOURS_OF_A_DAY) - _repeated(heads, 1)
    return DayCost(
        subscriptions=subscriptions,
        dimensions=dimensions,
        filing=Costs.of(play.filing),
        sheet_bytes=sum(map(stored_bytes, sheets)),
        month_of_sheets=_repeated(sheets[:1], DAYS_OF_A_MONTH),
        month_of_heads=_repeated(heads, DAYS_OF_A_MONTH),
        idle_run=idle + Costs(read_units=shown),
    )


def _idle_run(play: Play) -> Costs:
    with play.recorder.spending() as spent:
        play.deployment.reconcile()
    return Costs.of(spent)


def _repeated(items: list[Item], times: int) -> Decimal:
    """Return the read units of one query over such items, so many times as many."""
    return query_units([*map(item_bytes, items)] * times, consistent=True)
