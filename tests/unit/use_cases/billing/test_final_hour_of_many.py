"""A thousand subscriptions that end in one minute are billed within the hour, in full calls."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from meterhouse.adapters.marketplace import MeteringApi
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import CallAnswer
from tests.fakes.meterhouse import NOON, Meterhouse
from tests.unit.use_cases.billing.leaving import (
    BEFORE,
    ENDED_AT,
    MINUTE,
    just_past_noon,
    run_at,
    say_ended,
)
from tests.unit.use_cases.ledgers import HookedLedger


class CountingMetering:
    """Counts the records of every call."""

    def __init__(self, api: MeteringApi) -> None:
        self._api = api
        self.calls: list[int] = []

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        self.calls.append(len(records))
        return self._api.batch_meter_usage(product_code, records)


def _cost_of(leaving: int, minutes: int) -> tuple[list[int], Counter[str]]:
    """Let so many leave in one minute; return what the run so long after it called and read."""
    ledger = HookedLedger()
    house = just_past_noon(Meterhouse(ledger))
    buyers = [house.buyer() for _ in range(leaving)]
    for at in (BEFORE + 50 * MINUTE, NOON + MINUTE):
        house.drain(*(house.event(one, str(at), time=at.isoformat()) for one in buyers))
    house.clock.move_to(ENDED_AT)
    for one in buyers:
        say_ended(house, one)
    if minutes:
        house.reconcile()
    metering = CountingMetering(house.metering)
    counting: Any = metering
    house.metering = counting
    ledger.asked.clear()
    run_at(house, ENDED_AT + minutes * MINUTE)
    billed = {line.quantity for line in house.marketplace.bill()}
    assert billed == {1}
    assert len(house.marketplace.bill()) == leaving * (2 if minutes else 1)
    return metering.calls, Counter(ledger.asked)


@pytest.mark.parametrize("minutes", [0, 10], ids=["the hour before", "the unfinished hour"])
def test_a_thousand_that_end_in_one_minute_are_one_pass_over_the_hours(minutes: int) -> None:
    calls, asked = _cost_of(1_000, minutes)
    _, asked_for_one = _cost_of(1, minutes)

    assert calls == [25] * 40, "four seconds at AWS's ten calls a second"
    for name in ("heads", "segments", "manifests", "take", "release", "due"):
        assert asked[name] == asked_for_one[name], name
    assert asked["batches"] == asked_for_one["batches"]
    assert asked["freeze"] == 4, "ten batches in one write"
