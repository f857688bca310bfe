"""The contract of settling: what a person did is written with its entry, or nothing is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.journal.carrying import Carry, KeptPart, MeterSettlement
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.audit_trail import Action, AuditEntry
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.records.record import Batch, RecordStatus
from meterhouse.domain.records.settlement import Operator, SettledAs, Settlement
from meterhouse.ports.ledger import UnbilledLedger
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import (
    HOUR,
    LOG,
    NOW,
    carried_part,
    carry,
    frozen,
    metered,
    moved,
    sealed,
)

ANN = Operator("arn:aws:iam::123456789012:user/ann", "Ann ☂")
WRITTEN_OFF = Settlement(SettledAs.WRITTEN_OFF, 'goodwill,\n"as agreed"', None, ANN, NOW)
BILLED = Settlement(
    SettledAs.BILLED_ELSEWHERE, "by invoice", "INV-7", Operator("arn:aws:sts::1:b"), NOW
)


def refused(ledger: UnbilledLedger) -> Batch:
    """Write a batch of which AWS billed the first of three records."""
    written = frozen(ledger, "b", sealed(1), sealed(2), sealed(3))
    rejected = RecordStatus(RecordState.REJECTED, None, AwsCode("InvalidTagException"), 1)
    ended = written.with_statuses({0: metered("receipt"), 1: rejected, 2: rejected})
    assert ledger.store(ended)
    return ended


def settled(before: Batch, *places: int, word: Settlement | None = WRITTEN_OFF) -> Batch:
    statuses = [replace(one.status, settlement=word) for one in before.records]
    return before.with_statuses({place: statuses[place] for place in places})


def entry(action: Action = Action.WRITTEN_OFF, hours: int = 0, **fields: object) -> AuditEntry:
    made = AuditEntry(
        done_at=NOW + hours * HOUR,
        action=action,
        record=RecordKey(*sealed(2).key),
        units=Decimal("7.50"),
        late_units=Decimal(0),
        operator=ANN,
        reason="goodwill",
        reference=None,
        before="REJECTED",
        after="REJECTED, written_off",
    )
    return replace(made, **fields)  # type: ignore[arg-type] # its own fields


def trail(ledger: UnbilledLedger) -> list[AuditEntry]:
    return ledger.audit_trail(NOW - HOUR, NOW + 99 * HOUR, count_max=99)


def kept_carry() -> Carry:
    """Return a carry that keeps usage of two meters, of one of them in two parts."""
    kept = (
        KeptPart(carried_part(1, "0.5"), Reason.SUBSCRIPTION_UNKNOWN),
        KeptPart(carried_part(1, 2, (("team", "ads"),)), Reason.SUBSCRIPTION_UNKNOWN),
        KeptPart(carried_part(2, 7), Reason.AFTER_END),
    )
    return replace(carry(), parts=(), kept=kept)


def test_a_batch_leaves_the_index_once_all_of_it_is_settled(ledger: UnbilledLedger) -> None:
    first = settled(refused(ledger), 1)
    assert ledger.store_audited(entry(), first, ())
    assert ledger.batches(LOG) == [first]
    assert ledger.refused(count_max=9) == [first.key]

    second = settled(first, 2, word=BILLED)
    assert ledger.store_audited(entry(), second, ())
    assert ledger.read_batch(second.key) == second
    assert ledger.refused(count_max=9) == []

    third = settled(second, 1, word=None)
    assert ledger.store_audited(entry(Action.REOPENED), third, ())
    assert ledger.batches(LOG) == [third]
    assert ledger.refused(count_max=9) == [third.key]


def test_what_was_settled_stays_so_when_another_record_takes_a_step(
    ledger: UnbilledLedger,
) -> None:
    before = settled(refused(ledger), 1)
    assert ledger.store_audited(entry(), before, ())
    redriven = before.records[2].status.stepped(
        RecordState.SEALED, due_at=NOW, reason=Reason.REDRIVEN
    )

    assert ledger.store(before.with_statuses({2: redriven}))

    [stands] = ledger.batches(LOG)
    assert stands.records[1].status.settlement == WRITTEN_OFF


def test_late_usage_is_settled_by_meter_and_leaves_the_index_with_the_last(
    ledger: UnbilledLedger,
) -> None:
    kept = kept_carry()
    ledger.write_carry(kept)
    one, other = (MeterSettlement(kept.kept[n].part.meter, WRITTEN_OFF) for n in (0, 2))
    first = replace(kept, settlements=(other,), version=2)
    assert ledger.store_audited(entry(late_units=Decimal(7)), None, [first])
    assert ledger.carries(LOG) == {first.name: first}
    assert ledger.kept(count_max=9) == [LOG]

    second = replace(first, settlements=(one, other), version=3)
    assert ledger.store_audited(entry(), None, [second])
    assert ledger.carries(LOG) == {second.name: second}
    assert ledger.kept(count_max=9) == []

    arrived = moved(second)
    assert ledger.write_carry(arrived) == arrived
    assert ledger.carries(LOG) == {arrived.name: arrived}
    assert ledger.kept(count_max=9) == []


def test_nothing_is_written_if_anything_was_changed_meanwhile(ledger: UnbilledLedger) -> None:
    before, kept = refused(ledger), kept_carry()
    ledger.write_carry(kept)
    late = MeterSettlement(kept.kept[0].part.meter, WRITTEN_OFF)
    new_batch = settled(before, 1)
    new_carry = replace(kept, settlements=(late,), version=2)
    stale_batch = replace(new_batch, version=new_batch.version + 1)
    stale_carry = replace(new_carry, version=3)

    assert not ledger.store_audited(entry(), stale_batch, [new_carry])
    assert not ledger.store_audited(entry(), new_batch, [stale_carry])

    assert (ledger.batches(LOG), ledger.carries(LOG)) == ([before], {kept.name: kept})
    assert trail(ledger) == []


def test_of_two_deeds_from_one_reading_the_first_is_done(ledger: UnbilledLedger) -> None:
    before = refused(ledger)
    first, second = settled(before, 1), settled(before, 1, word=BILLED)
    assert ledger.store_audited(entry(), first, ())

    assert not ledger.store_audited(entry(Action.BILLED_ELSEWHERE), second, ())

    assert ledger.batches(LOG) == [first]
    assert [one.action for one in trail(ledger)] == [Action.WRITTEN_OFF]


def test_the_audit_trail_is_read_by_time_in_its_order(ledger: UnbilledLedger) -> None:
    stands = refused(ledger)
    entries = [
        entry(hours=1, operator=Operator("arn:aws:sts::1:b"), reason=None),
        entry(Action.BILLED_ELSEWHERE, reference="INV-7", late_units=Decimal("0.000001")),
        entry(Action.REOPENED, hours=2, before="REJECTED, written_off", after="REJECTED"),
    ]
    for number, one in enumerate(entries):
        stands = settled(stands, 1, word=None if number % 2 else WRITTEN_OFF)
        assert ledger.store_audited(one, stands, ())

    first, second, third = entries
    assert trail(ledger) == [second, first, third]
    assert ledger.audit_trail(NOW, NOW + HOUR, count_max=9) == [second, first]
    tick = timedelta(microseconds=1)
    assert ledger.audit_trail(NOW + tick, NOW + HOUR - tick, count_max=9) == []
    assert ledger.audit_trail(NOW, NOW + HOUR, count_max=1) == [second]


def test_two_deeds_that_are_the_same_in_all_but_what_they_change_have_two_entries(
    ledger: UnbilledLedger,
) -> None:
    first = settled(refused(ledger), 1)
    assert ledger.store_audited(entry(), first, ())
    assert ledger.store_audited(entry(), settled(first, 2), ())

    assert trail(ledger) == [entry(), entry()]


def test_who_takes_along_what_was_kept_says_so_where_it_was(ledger: UnbilledLedger) -> None:
    kept = kept_carry()
    ledger.write_carry(kept)
    meter = kept.kept[0].part.meter
    taken = carry(f"redriven#{kept.name}#00000", *(one.part for one in kept.kept[:2]))
    keeper = replace(kept, taken_along=frozenset({meter}), version=2)

    assert ledger.write_carry(taken, keeper=keeper) == taken
    assert ledger.carries(LOG) == {kept.name: keeper, taken.name: taken}
    assert ledger.kept(count_max=9) == [LOG], "it keeps another meter's usage"

    other = replace(taken, carried_at=NOW + HOUR)
    assert ledger.write_carry(other, keeper=replace(keeper, version=3)) == taken, "it stands"


def test_nobody_takes_along_what_was_changed_meanwhile(ledger: UnbilledLedger) -> None:
    kept = kept_carry()
    ledger.write_carry(kept)
    meter = kept.kept[0].part.meter
    settled_carry = replace(kept, settlements=(MeterSettlement(meter, BILLED),), version=2)
    assert ledger.store_audited(entry(), None, [settled_carry])
    taken = carry(f"redriven#{kept.name}#00000", *(one.part for one in kept.kept[:2]))
    keeper = replace(kept, taken_along=frozenset({meter}), version=2)

    assert ledger.write_carry(taken, keeper=keeper) == settled_carry

    assert ledger.carries(LOG) == {kept.name: settled_carry}


def test_a_deed_whose_answer_was_lost_is_our_own(usage_table: UsageTable) -> None:
    before = refused(usage_table)
    after = settled(before, 1)
    assert usage_table.store_audited(entry(), after, ())

    assert usage_table.store_audited(entry(), after, ()), "the same once more"

    assert usage_table.batches(LOG) == [after]
    assert len(trail(usage_table)) == 1


def test_a_deed_is_one_write(aws: Aws, usage_table: UsageTable) -> None:
    after = settled(refused(usage_table), 1)
    aws.calls.clear()

    assert usage_table.store_audited(entry(), after, ())

    assert [name for name, _ in aws.calls] == ["TransactWriteItems"]
