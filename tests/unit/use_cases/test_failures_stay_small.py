"""What fails for one record, or for us, harms nothing else and is never mistaken for an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from botocore.exceptions import ClientError

from meterhouse.adapters.metering_api import MeteringApi
from meterhouse.domain.answers import CallAnswer, Missing, Processed, RecordAnswer
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.payload import UsageRecord
from meterhouse.domain.records import Change
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import CommitResult, JournalResult, JournalWrite
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse


class LedgerWithABadItem(InMemoryLedger):
    """Takes every write but those of one record, over which it fails with `error`."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.bad_key: RecordKey | None = None
        self._error = error or StorageUnavailableError("this item cannot be written")

    def commit(
        self,
        change: Change,
        target: RecordKey | None = None,
        target_due_at: datetime | None = None,
    ) -> CommitResult:
        if change.record.key == self.bad_key:
            raise self._error
        return super().commit(change, target, target_due_at)


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


def test_a_record_that_cannot_be_written_keeps_no_other_waiting() -> None:
    ledger = LedgerWithABadItem()
    house = Meterhouse(ledger)
    buyers = [house.buyer() for _ in range(3)]
    ledger.bad_key = house.key(buyers[1])

    house.drain(*(house.event(buyer) for buyer in buyers))
    summary = house.reconcile()

    assert house.billed(buyers[0]) == house.billed(buyers[2]) == {"12": Decimal(1)}
    assert summary.records_left == 1
    assert house.report.metrics["RecordsPending"] == 1


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
    held = house.record(buyers[0], "gigabytes")
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

    assert {house.state(buyer) for buyer in buyers} == {RecordState.OPEN}
    assert summary.records_left == 3


def test_an_unknown_backlog_keeps_hours_open_but_not_past_their_margin() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.queue.is_down = True
    house.drain(house.event(buyer))
    assert house.state(buyer) is RecordState.OPEN

    house.clock.move_to(house.hour_at + 22 * HOUR)
    house.reconcile()
    assert house.billed(buyer) == {"12": Decimal(1)}


def test_a_record_that_breaks_in_an_unforeseen_way_keeps_no_neighbour_from_being_billed() -> None:
    ledger = LedgerWithABadItem(MemoryError("this record is too much"))
    house = Meterhouse(ledger)
    buyers = [house.buyer() for _ in range(3)]
    ledger.bad_key = house.key(buyers[1])

    house.drain(*(house.event(buyer) for buyer in buyers))
    summary = house.reconcile()

    assert [bool(house.billed(buyer)) for buyer in buyers] == [True, False, True]
    assert summary.records_left == 1
    assert house.report.metrics["SubmissionsFailed"] > 0


def test_what_failed_to_be_stored_is_asked_to_come_back_soon() -> None:
    house = Meterhouse(FullLedger())

    kept = house.drain(house.event(house.buyer()))

    assert kept == house.queue.retried == ["m0"]


class FullLedger(InMemoryLedger):
    """Takes no usage."""

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        return [JournalResult.FAILED for _ in writes]
