"""The contract of what people look at a page at a time: batches, and what was not billed."""

from itertools import islice

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode
from meterhouse.domain.records.record import Batch, RecordStatus
from meterhouse.ports.ledger import UnbilledLedger
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import (
    HOUR,
    NOON_AT,
    batch,
    frozen,
    opened,
    sealed,
    taken,
)

REJECTED = RecordStatus(RecordState.REJECTED, None, AwsCode("why"))
PAGE = 2


def rejected(ledger: UnbilledLedger, log: LogKey, names: str) -> list[Batch]:
    """Write batches of a new log, in each of which a record ended unbilled."""
    opened(ledger, log)
    written = [batch(name, sealed(n, log=log), log=log) for n, name in enumerate(names)]
    assert ledger.freeze(taken(ledger, log=log), written)
    for one in written:
        ledger.store(one.with_statuses({0: REJECTED}))
    return written


def test_what_was_not_billed_is_read_back_from_an_hour(ledger: UnbilledLedger) -> None:
    logs = [LogKey(NOON_AT + hour * HOUR, 0) for hour in range(4)]
    for log in logs:
        rejected(ledger, log, "ab")

    found = [*ledger.refused_back(logs[1].hour_at, logs[2].hour_at)]

    assert [one.log for one in found] == [logs[2], logs[2], logs[1], logs[1]]
    assert {one.name for one in found} == {"a", "b"}
    assert [*ledger.refused_back(logs[3].hour_at + HOUR, logs[3].hour_at + 2 * HOUR)] == []


def test_batches_are_read_in_the_order_of_their_names_from_one_on(ledger: UnbilledLedger) -> None:
    log, other = LogKey(NOON_AT, 0), LogKey(NOON_AT, 1)
    rejected(ledger, log, "badc")
    frozen(ledger, "e", log=other)

    for name, names in (("", "abcd"), ("b", "bcd"), ("bb", "cd"), ("e", "")):
        found = ledger.batches_from(log, name, page=PAGE)
        assert [one.key.name for one in found] == [*names]
    (first,) = islice(ledger.batches_from(log, "", page=PAGE), 1)
    assert first in ledger.batches(log)


def test_whoever_stops_early_has_not_asked_for_the_rest(
    ledger: UnbilledLedger, any_aws: Aws | None
) -> None:
    log = LogKey(NOON_AT, 0)
    rejected(ledger, log, "abcde")
    if any_aws is None:
        return
    any_aws.calls.clear()

    [*islice(ledger.batches_from(log, "", page=PAGE), PAGE)]

    assert len(any_aws.calls) == 1
