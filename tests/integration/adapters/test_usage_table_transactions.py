"""Answers that are lost, and transactions that meet others: what is done is recognised."""

from dataclasses import replace

import pytest

from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import Lease
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    HOUR,
    LEASED_UNTIL,
    LOG,
    MINUTE,
    NOW,
    batch,
    carry,
    finished,
    frozen,
    head_of,
    moved,
    name_of,
    opened,
    sealed,
    segment,
    submitting,
    taken,
    taken_over,
)
from tests.integration.adapters.table_items import (
    ConflictingClient,
    InterruptedClient,
    MeetingClient,
    ResendingClient,
)

NONE, FAILED, CONFLICT = "None", "ConditionalCheckFailed", "TransactionConflict"
MANY = frozenset(map(name_of, range(45_000)))


@pytest.fixture
def resending(aws: Aws, usage_table_name: str) -> UsageTable:
    """Return a ledger each of whose writes is sent again after it took effect."""
    return UsageTable(ResendingClient(aws.dynamodb).typed, usage_table_name)


def test_a_lease_whose_answer_was_lost_is_our_own(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    opened(usage_table)

    assert resending.take(head_of(usage_table), Lease(LOG, "mine"), NOW, LEASED_UNTIL) is True

    assert head_of(usage_table).open == 1
    assert usage_table.freeze(Lease(LOG, "mine"), [batch("a")]) is True


def test_a_release_whose_answer_was_lost_is_our_own(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    opened(usage_table)
    lease = taken(usage_table)

    assert resending.release(lease, replace(head_of(usage_table), due_at=None)) is True

    assert (head_of(usage_table).due_at, head_of(usage_table).leased_until) == (None, None)


def test_a_release_after_usage_came_whose_answer_was_lost_is_our_own(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    opened(usage_table)
    lease = taken(usage_table)
    head = head_of(usage_table)
    usage_table.wake(LOG, 1, DUE_AT + HOUR, NOW)

    assert resending.release(lease, head) is True

    assert (head_of(usage_table).due_at, head_of(usage_table).leased_until) == (DUE_AT + HOUR, None)


def test_a_lease_that_is_taken_over_between_the_two_requests_of_a_release_releases_nothing(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    opened(usage_table)
    lease = taken(usage_table)
    head = head_of(usage_table)
    usage_table.wake(LOG, 1, DUE_AT + HOUR, NOW)
    client = InterruptedClient(aws.dynamodb, lambda: taken_over(usage_table))

    assert UsageTable(client.typed, usage_table_name).release(lease, head) is False

    assert client.updates == 2
    assert head_of(usage_table).leased_until is not None
    assert usage_table.freeze(Lease(LOG, "theirs"), [batch("a")]) is True


def test_waking_and_putting_off_twice_is_as_good_as_once(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    opened(usage_table)

    assert resending.wake(LOG, 0, DUE_AT + MINUTE, NOW) is True
    seen = head_of(usage_table)
    assert resending.postpone(seen, replace(seen, due_at=DUE_AT + HOUR)) is True

    assert head_of(usage_table).due_at == DUE_AT + HOUR


def test_a_step_whose_answer_was_lost_is_our_own(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    written = frozen(usage_table, "a")
    claim = written.with_statuses({0: submitting(LEASED_UNTIL + HOUR, sends=2)})

    assert resending.store(claim) is True

    assert usage_table.batches(LOG) == [claim]
    assert resending.store(claim) is False, "another claim that is the same in everything"


def test_batches_whose_answer_was_lost_are_our_own(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    opened(usage_table)
    lease = taken(usage_table)
    written = [batch("a", sealed(1)), batch("b", sealed(2))]

    assert resending.freeze(lease, written) is True

    assert usage_table.batches(LOG) == written


def test_manifests_carries_and_segments_twice_are_as_good_as_once(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    resending.append(LOG, segment(0, 1))
    names = frozenset([name_of(1)])

    assert resending.write_manifest(LOG, 0, names) == names
    assert resending.write_manifest(LOG, 1, MANY) == MANY
    assert resending.write_carry(carry()) == carry()
    assert resending.write_carry(moved(carry())) == moved(carry())

    assert list(usage_table.segments(LOG, 0)) == [segment(0, 1)]
    assert usage_table.manifests(LOG) == {0: names, 1: MANY}
    assert usage_table.carries(LOG) == {carry().name: moved(carry())}


def test_a_log_whose_opening_was_lost_is_open_though_it_is_told_to_have_been(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    """The drain then looks at the head, as it does when somebody else was faster."""
    assert resending.open_log(LOG, DUE_AT, NOW) is False

    assert head_of(usage_table).written_at == NOW


def test_a_single_write_is_repeated_when_it_meets_a_transaction(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    opened(usage_table)
    client = MeetingClient(aws.dynamodb)

    assert UsageTable(client.typed, usage_table_name).wake(LOG, 0, DUE_AT + HOUR, NOW) is True

    assert client.updates == 2
    assert head_of(usage_table).due_at == DUE_AT + HOUR


def conflicting(
    aws: Aws, table_name: str, *script: tuple[str, ...]
) -> tuple[ConflictingClient, UsageTable]:
    client = ConflictingClient(aws.dynamodb, script)
    return client, UsageTable(client.typed, table_name)


def test_freezing_is_repeated_as_the_same_request_when_it_meets_another_transaction(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    opened(usage_table)
    lease = taken(usage_table)
    client, ledger = conflicting(
        aws,
        usage_table_name,
        (CONFLICT, NONE, NONE),
        (NONE, CONFLICT, NONE),
        # The conflict hides whether the lease is held.
        (CONFLICT, FAILED, NONE),
        (NONE, "ThrottlingError", NONE),
    )

    assert ledger.freeze(lease, [batch("a", sealed(1)), batch("b", sealed(2))]) is True

    tokens = {request["ClientRequestToken"] for request in client.transactions}
    assert (len(client.transactions), len(tokens)) == (5, 1)
    assert len(tokens.pop()) <= 36
    assert len(usage_table.batches(LOG)) == 2


def test_the_token_of_a_request_is_that_of_no_other(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    opened(usage_table)
    client, ledger = conflicting(aws, usage_table_name)
    mine = taken(usage_table)
    ledger.freeze(mine, [batch("a")])
    ledger.freeze(mine, [batch("a", due_at=NOW)])
    ledger.freeze(mine, [batch("b", sealed(1))])
    ledger.freeze(mine, [batch("c", sealed(2)), batch("d", sealed(3))])
    theirs = taken_over(usage_table)
    ledger.freeze(theirs, [batch("e", sealed(4))])
    ledger.freeze(mine, [batch("e", sealed(4))])

    tokens = [request["ClientRequestToken"] for request in client.transactions]
    assert len(set(tokens)) == len(tokens) == 6


def test_a_conflict_that_does_not_end_is_storage_that_is_unavailable(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    opened(usage_table)
    lease = taken(usage_table)
    client, ledger = conflicting(aws, usage_table_name, *[(CONFLICT, NONE)] * 30)

    with pytest.raises(StorageUnavailableError):
        ledger.freeze(lease, [batch("a")])

    assert len(client.transactions) <= 12
    assert usage_table.batches(LOG) == []


def test_a_large_manifest_is_repeated_when_it_meets_another_transaction(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    passing = [(CONFLICT, NONE, NONE), (NONE, NONE, CONFLICT)]
    client, ledger = conflicting(aws, usage_table_name, *passing)

    assert ledger.write_manifest(LOG, 0, MANY) == MANY

    assert len(client.transactions) == 3
    assert usage_table.manifests(LOG) == {0: MANY}


def test_a_large_manifest_that_meets_transactions_without_end_is_not_written(
    aws: Aws, usage_table: UsageTable, usage_table_name: str
) -> None:
    client, ledger = conflicting(aws, usage_table_name, *[(CONFLICT, NONE, NONE)] * 30)

    with pytest.raises(StorageUnavailableError):
        ledger.write_manifest(LOG, 0, MANY)

    assert len(client.transactions) <= 12
    assert usage_table.manifests(LOG) == {}


def test_a_step_of_a_batch_that_was_finished_meanwhile_is_not_our_own(
    resending: UsageTable, usage_table: UsageTable
) -> None:
    written = frozen(usage_table, "a")
    usage_table.store(finished(written))

    assert resending.store(finished(written)) is False
