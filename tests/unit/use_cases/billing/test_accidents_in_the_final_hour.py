"""AWS refuses, a run dies, an answer is lost: the final hour is billed all the same."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.adapters.marketplace import MeteringApi
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import CallAnswer, NotSubscribed, Processed
from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.regressions.accidents import KilledError
from tests.unit.use_cases.billing.leaving import (
    BEFORE,
    ENDED_AT,
    MINUTE,
    just_past_noon,
    leave,
    run_at,
    run_until,
)
from tests.unit.use_cases.ledgers import HookedLedger


@pytest.fixture
def house() -> Meterhouse:
    return just_past_noon(Meterhouse())


class RefusingMetering:
    """AWS says that nobody is subscribed, for so many calls."""

    def __init__(self, api: MeteringApi, refusals: int) -> None:
        self._api = api
        self.refusals = refusals

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        if self.refusals:
            self.refusals -= 1
            return Processed(tuple(NotSubscribed() for _ in records))
        return self._api.batch_meter_usage(product_code, records)


def test_what_aws_refuses_in_the_window_is_asked_again_in_every_run(house: Meterhouse) -> None:
    buyer = leave(house)
    metering: Any = RefusingMetering(house.metering, refusals=4)
    house.metering = metering

    run_until(house, ENDED_AT + 10 * MINUTE)
    assert house.state(buyer, hour_at=BEFORE) is RecordState.SEALED

    run_until(house, ENDED_AT + 25 * MINUTE)
    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(3)}


@pytest.mark.parametrize("closes_after", [HOUR, 2 * HOUR])
def test_only_after_the_last_window_a_refusal_is_an_end(
    house: Meterhouse, closes_after: timedelta
) -> None:
    buyer = leave(house, closes_after=closes_after)
    metering: Any = RefusingMetering(house.metering, refusals=1_000)
    house.metering = metering

    run_until(house, ENDED_AT + closes_after - 5 * MINUTE)
    assert house.state(buyer) is RecordState.SEALED

    run_until(house, ENDED_AT + closes_after + 2 * HOUR)
    assert house.state(buyer) is RecordState.REJECTED
    assert house.record(buyer).status.reason == "CustomerNotSubscribed"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["take", "freeze", "store", "release", "write_manifest"])
def test_a_run_that_dies_is_made_up_for_by_the_next_ones(call: str, moment: str) -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = leave(just_past_noon(house))

    def die(name: str) -> None:
        if name == call:
            setattr(ledger, moment, lambda _: None)
            raise KilledError

    for minutes in (0, 10):
        setattr(ledger, moment, die)
        with pytest.raises(KilledError):
            run_at(house, ENDED_AT + minutes * MINUTE)
        run_at(house, ENDED_AT + (minutes + 5) * MINUTE)

    assert house.billed(buyer) == {"11": Decimal(7), "12": Decimal(3)}
    assert house.marketplace.desks.bill.double_billed() == ()
    check_books(house)


def test_a_lost_answer_is_asked_for_again(house: Meterhouse) -> None:
    buyer = leave(house)
    house.marketplace.inject_fault("internal_error_after", count=4)

    run_at(house, ENDED_AT)
    assert house.state(buyer, hour_at=BEFORE) is RecordState.SUBMITTING

    run_at(house, ENDED_AT + 5 * MINUTE)
    assert house.state(buyer, hour_at=BEFORE) is RecordState.METERED
