"""What fails for one record, or for us, harms nothing else and is never mistaken for an answer."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from botocore.exceptions import ClientError
from marketplace_sandbox.testing import Agreement

from meterhouse.adapters.marketplace import MeteringApi
from meterhouse.domain.allowances.allowance import Taking
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.answers import CallAnswer, Missing, Processed, RecordAnswer
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Batch
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import Lease, StoredSegment
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse

MINUTE = timedelta(minutes=1)


class LedgerWithABadItem(InMemoryLedger):
    """Takes every write but those of one record's batch, over which it fails with `error`."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.bad_key: RecordKey | None = None
        self._error = error or StorageUnavailableError("this item cannot be written")

    def freeze(
        self, lease: Lease, batches: Sequence[Batch], takings: Sequence[Taking] = ()
    ) -> bool:
        for batch in batches:
            self._look_at(batch)
        return super().freeze(lease, batches, takings)

    def store(self, batch: Batch) -> bool:
        self._look_at(batch)
        return super().store(batch)

    def _look_at(self, batch: Batch) -> None:
        if any(record.key == self.bad_key for record in batch.records):
            raise self._error


class ForgetfulApi(MeteringApi):
    """Bills, and leaves the records out of its answer."""

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        answer = super().batch_meter_usage(product_code, records)
        assert isinstance(answer, Processed)
        missing: tuple[RecordAnswer, ...] = tuple(Missing() for _ in records)
        return Processed(missing)


class NewRules:
    """A marketplace that refuses one dimension with a code nobody has heard of."""

    def __init__(self, house: Meterhouse) -> None:
        self._marketplace = house.marketplace

    def batch_meter_usage(self, **request: object) -> Mapping[str, object]:
        records = request["UsageRecords"]
        assert isinstance(records, list)
        if any(record["Dimension"] == "gigabytes" for record in records):
            raise ClientError(
                {
                    "Error": {"Code": "TooManyTagsException", "Message": "no"},
                    "ResponseMetadata": {
                        "HTTPStatusCode": 400,
                        "RequestId": "r",
                        "HostId": "",
                        "HTTPHeaders": {},
                        "RetryAttempts": 0,
                    },
                },
                "BatchMeterUsage",
            )
        return self._marketplace.batch_meter_usage(**request)


def use_three_hours(house: Meterhouse, buyer: Agreement) -> None:
    """Drain an event of each of three hours, in one message."""
    house.drain(
        *(
            house.event(buyer, time=(house.hour_at - ago * HOUR).isoformat(), quantity=ago + 1)
            for ago in range(3)
        )
    )


def test_an_hour_that_cannot_be_written_keeps_no_other_waiting() -> None:
    ledger = LedgerWithABadItem()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    ledger.bad_key = house.key(buyer, hour_at=house.hour_at - HOUR)

    use_three_hours(house, buyer)
    house.clock.move_to(house.clock.now() + 5 * MINUTE)
    summary = house.reconcile()

    assert house.billed(buyer) == {"10": Decimal(3), "12": Decimal(1)}
    assert summary.left == 1
    assert house.report.metrics["RecordsPending"] == 1


def test_a_batch_that_cannot_be_written_keeps_no_other_of_its_hour_waiting() -> None:
    ledger = LedgerWithABadItem()
    house = Meterhouse(ledger)
    buyers = [house.buyer() for _ in range(60)]
    house.marketplace.inject_fault("throttle", count=1_000)
    house.drain(*(house.event(buyer) for buyer in buyers))
    house.marketplace.clear_faults()
    bad = house.record(buyers[0]).key
    ledger.bad_key = bad

    for _ in range(3):
        house.clock.move_to(house.clock.now() + 5 * MINUTE)
        summary = house.reconcile()

    states = {record.key: record.state for record in house.records()}
    assert len(house.ledger.batches(LogKey(house.hour_at, 0))) == 3
    [batch] = [one for one in ledger.stored_batches.values() if bad in keys_of(one)]
    assert {key for key, state in states.items() if state is not RecordState.METERED} == {
        record.key for record in batch.records
    }
    assert summary.left == 1
    assert house.report.metrics["RecordsMetered"] == 60 - len(batch.records)


def keys_of(batch: Batch) -> set[RecordKey]:
    return {record.key for record in batch.records}


def test_a_record_that_the_answer_forgets_is_never_taken_for_unbilled() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.metering = ForgetfulApi(house.client)
    house.drain(house.event(buyer, quantity=7))
    assert house.state(buyer) is RecordState.SUBMITTING

    house.clock.move_to(house.hour_at + 24 * HOUR)
    house.reconcile()
    house.clock.move_to(house.hour_at + 30 * HOUR)
    house.reconcile()

    assert house.state(buyer) is RecordState.EXPIRED
    assert house.billed(buyer) == {"12": Decimal(7)}


def test_a_code_that_nobody_knows_holds_its_record_alone_and_rejects_it_at_the_deadline() -> None:
    house = Meterhouse()
    buyers = [house.buyer() for _ in range(5)]
    house.metering = MeteringApi(NewRules(house))  # type: ignore[arg-type] # one method suffices
    house.drain(
        house.event(buyers[0], "bad", dimension="gigabytes"),
        *(house.event(buyer) for buyer in buyers),
    )

    assert all(house.billed(buyer) == {"12": Decimal(1)} for buyer in buyers)
    held = house.record(buyers[0], "gigabytes").status
    assert (held.state, held.reason) == (RecordState.SEALED, "refused:TooManyTagsException")

    house.clock.move_to(house.hour_at + 24 * HOUR - timedelta(minutes=4))
    house.reconcile()
    assert house.state(buyers[0], "gigabytes") is RecordState.REJECTED


def test_a_run_that_is_out_of_time_claims_nothing_and_says_what_it_left() -> None:
    house = Meterhouse()
    buyers = [house.buyer() for _ in range(3)]
    house.queue.waiting = 1
    house.drain(*(house.event(buyer) for buyer in buyers), sent_at=house.hour_at)
    house.queue.waiting = 0
    house.clock.move_to(house.clock.now() + timedelta(minutes=10), seconds_left=40.0)

    summary = house.reconcile()

    assert all(house.is_open(buyer) for buyer in buyers)
    assert house.marketplace.bill() == ()
    assert (summary.due, summary.left) == (1, 1)


def test_an_unknown_backlog_keeps_hours_open_but_not_past_their_margin() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.queue.is_down = True
    house.drain(house.event(buyer))
    assert house.is_open(buyer)

    house.clock.move_to(house.hour_at + 22 * HOUR)
    house.reconcile()
    assert house.billed(buyer) == {"12": Decimal(1)}


def test_an_hour_that_breaks_in_an_unforeseen_way_keeps_no_neighbour_from_being_billed() -> None:
    ledger = LedgerWithABadItem(MemoryError("this hour is too much"))
    house = Meterhouse(ledger)
    buyer = house.buyer()
    ledger.bad_key = house.key(buyer, hour_at=house.hour_at - HOUR)

    use_three_hours(house, buyer)
    house.clock.move_to(house.clock.now() + 5 * MINUTE)
    summary = house.reconcile()

    assert house.billed(buyer) == {"10": Decimal(3), "12": Decimal(1)}
    assert summary.left == 1
    assert house.report.metrics["SubmissionsFailed"] > 0


def test_what_failed_to_be_stored_is_asked_to_come_back_soon() -> None:
    house = Meterhouse(FullLedger())

    kept = house.drain(house.event(house.buyer()))

    assert kept == house.queue.retried == ["m0"]


class FullLedger(InMemoryLedger):
    """Takes no usage."""

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        raise StorageUnavailableError(f"{log} takes no segment {segment.name}")
