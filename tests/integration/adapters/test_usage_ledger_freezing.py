"""The contract of freezing: batches are written once, under a lease that is held."""

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import BatchKey
from meterhouse.ports.ledger import Lease, UsageLedger
from tests.integration.adapters.ledger_steps import (
    HOUR,
    LEASED_UNTIL,
    LOG,
    MICROSECOND,
    NOON_AT,
    NOW,
    batch,
    finished,
    head_of,
    opened,
    sealed,
    taken,
    taken_over,
)

LATER_AT = LEASED_UNTIL + HOUR + MICROSECOND


def test_batches_are_frozen_together_under_the_lease(ledger: UsageLedger) -> None:
    opened(ledger)
    written = [batch(name, sealed(number)) for number, name in enumerate("cab")]

    assert ledger.freeze(taken(ledger), written) is True

    assert ledger.batches(LOG) == sorted(written, key=lambda one: one.key)
    assert ledger.read_batch(BatchKey(LOG, "b")) == written[2]


def test_ten_batches_of_25_records_are_frozen_together(ledger: UsageLedger) -> None:
    opened(ledger)
    written = [
        batch(f"{number}", *(sealed(number * 25 + place) for place in range(25)))
        for number in range(10)
    ]

    assert ledger.freeze(taken(ledger), written) is True

    assert ledger.batches(LOG) == written


def test_nothing_is_frozen_without_the_lease(ledger: UsageLedger) -> None:
    assert ledger.freeze(Lease(LOG, "mine"), [batch("a")]) is False
    opened(ledger)
    assert ledger.freeze(Lease(LOG, "mine"), [batch("a")]) is False

    assert ledger.batches(LOG) == []


def test_nothing_is_frozen_under_a_lease_that_was_given_up(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    ledger.release(lease, head_of(ledger))

    assert ledger.freeze(lease, [batch("a")]) is False

    assert ledger.batches(LOG) == []


def test_nothing_is_frozen_under_a_lease_that_was_taken_over(ledger: UsageLedger) -> None:
    """However late the write takes effect: the other one read the batches before."""
    opened(ledger)
    lease = taken(ledger)
    taken_over(ledger)

    assert ledger.freeze(lease, [batch("a"), batch("b")]) is False

    assert ledger.batches(LOG) == []


def test_a_lease_that_has_run_out_holds_until_somebody_takes_it(ledger: UsageLedger) -> None:
    """A lease is for liveness; the token says who may freeze."""
    opened(ledger)
    lease = taken(ledger)

    assert ledger.freeze(lease, [batch("a", due_at=LATER_AT)]) is True


def test_usage_that_comes_meanwhile_does_not_stop_the_freezing(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    ledger.wake(LOG, 1, LATER_AT, NOW)

    assert ledger.freeze(lease, [batch("a")]) is True


def test_a_lease_freezes_several_times(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)

    assert ledger.freeze(lease, [batch("a", sealed(1))]) is True
    assert ledger.freeze(lease, [batch("b", sealed(2))]) is True

    assert [one.key.name for one in ledger.batches(LOG)] == ["a", "b"]


def test_freezing_the_same_again_changes_nothing(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    written = [batch("a", sealed(1)), batch("b", sealed(2))]

    assert [ledger.freeze(lease, written) for _ in range(3)] == [True, True, True]

    assert ledger.batches(LOG) == written


def test_freezing_again_takes_back_no_step(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    ledger.freeze(lease, [batch("a")])
    ledger.store(finished(batch("a")))

    # At another time, so that it is another request.
    assert ledger.freeze(lease, [batch("a", due_at=LATER_AT)]) is True

    assert ledger.batches(LOG) == [finished(batch("a"))]


def test_batches_of_one_log_are_frozen_under_its_own_lease_only(ledger: UsageLedger) -> None:
    other = LogKey(NOON_AT, 1)
    opened(ledger)
    opened(ledger, other)
    taken(ledger, "mine")
    theirs = taken(ledger, "theirs", other)

    assert ledger.freeze(theirs, [batch("a", log=other)]) is True
    assert ledger.freeze(Lease(LOG, "theirs"), [batch("a")]) is False

    assert ledger.batches(LOG) == []
