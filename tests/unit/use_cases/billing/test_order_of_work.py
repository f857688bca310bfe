"""In which order a run does what is due."""

from datetime import timedelta

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import BatchKey
from meterhouse.use_cases.billing.submit_usage import urgency
from tests.fakes.meterhouse import HOUR, NOON


def log(hours: int) -> LogKey:
    return LogKey(NOON + hours * HOUR, 0)


def test_the_soonest_deadline_comes_first_and_what_is_past_it_last() -> None:
    now = NOON + 24 * HOUR + timedelta(minutes=1)
    frozen = BatchKey(log(2), "a")

    work: list[LogKey | BatchKey] = [log(5), log(0), log(-9), log(2), frozen, log(1)]

    assert sorted(work, key=urgency(now)) == [log(1), frozen, log(2), log(5), log(-9), log(0)]
