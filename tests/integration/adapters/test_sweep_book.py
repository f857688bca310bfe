"""The contract of the sweep's port of the SubscriptionsTable, held by the fake and by the table."""

from dataclasses import dataclass, replace

import pytest

from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.sweeps import SweepsTable
from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.domain.subscriptions.sweeping import Cursor
from meterhouse.errors import SweepOvertakenError
from meterhouse.ports.agreements import SweepBook
from meterhouse.ports.subscriptions import FactFolders
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import HOUR, NOON_AT
from tests.unit.domain.subscriptions.aws_tells import (
    OTHER_LICENSE,
    RENEWED,
    created,
    ended,
    licensed,
    when,
)

WHOLE = Cursor(
    after=NOON_AT,
    token="a token / of AWS's =",
    reached_at=NOON_AT + HOUR,
    is_running=True,
    is_whole=True,
)


@dataclass(frozen=True, slots=True)
class Shelf:
    book: SweepBook
    folders: FactFolders

    def learn(self, *facts: Fact) -> None:
        clock = VirtualClock(when(7_100))
        keep = KeepSubscriptions(self.folders, Products(), clock, InMemoryReport())
        for fact in facts:
            keep.learn(fact)


@pytest.fixture
def shelf(any_aws: Aws | None, report: InMemoryReport) -> Shelf:
    if any_aws is None:
        book = InMemorySubscriptionBook()
        return Shelf(book, book)
    name = any_aws.create_table("SubscriptionsTable")
    sweeps = SweepsTable(any_aws.dynamodb, name, report)
    return Shelf(sweeps, FoldersTable(any_aws.dynamodb, name))


def test_before_the_first_sweep_there_is_no_cursor(shelf: Shelf) -> None:
    assert shelf.book.cursor() == Cursor()


@pytest.mark.parametrize("cursor", [WHOLE, Cursor(), Cursor(reached_at=NOON_AT)])
def test_how_far_it_came_is_read_as_it_was_written(shelf: Shelf, cursor: Cursor) -> None:
    moved = shelf.book.move(cursor)

    assert moved == replace(cursor, version=1)
    assert shelf.book.cursor() == moved
    assert shelf.book.move(moved).version == 2


def test_only_who_read_the_last_one_moves_it(shelf: Shelf) -> None:
    mine = shelf.book.cursor()
    theirs = shelf.book.move(mine)
    with pytest.raises(SweepOvertakenError):
        shelf.book.move(mine)
    shelf.book.move(theirs)

    with pytest.raises(SweepOvertakenError):
        shelf.book.move(replace(theirs, token="another"))

    assert shelf.book.cursor() == replace(theirs, version=2)


def test_what_lives_is_found_and_nothing_that_is_over_or_not_listed(shelf: Shelf) -> None:
    shelf.learn(
        created(0),
        licensed(61),
        created(0, id="agmt-waiting"),
        created(0, id="agmt-later", startTime=when(9_000).isoformat()),
        created(0, id=RENEWED),
        licensed(61, OTHER_LICENSE, id=RENEWED),
        ended(7_000, id=RENEWED),
    )

    found = {(one.agreement_id, one.phase) for one in shelf.book.living()}

    assert found == {
        ("agmt-1a2b3c4d5e6f7g8h9i0jklmno", Phase.ACTIVE),
        ("agmt-waiting", Phase.PENDING),
        ("agmt-later", Phase.SCHEDULED),
    }


def test_a_state_that_cannot_be_read_is_named_and_stands_in_nobodys_way(
    aws: Aws, report: InMemoryReport
) -> None:
    name = aws.create_table("SubscriptionsTable")
    shelf = Shelf(SweepsTable(aws.dynamodb, name, report), FoldersTable(aws.dynamodb, name))
    shelf.learn(created(0, id="agmt-one"), created(0, id="agmt-two"))
    key = {"pk": {"S": "agreement#agmt-one"}, "sk": {"S": "state"}}
    aws.dynamodb.update_item(
        TableName=name,
        Key=key,
        UpdateExpression="SET flags = :new",
        ExpressionAttributeValues={":new": {"L": [{"S": "of another version"}]}},
    )

    assert [one.agreement_id for one in shelf.book.living()] == ["agmt-two"]

    assert report.failures == ["subscription_corrupt"]
