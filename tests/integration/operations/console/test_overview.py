"""The console's first page."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from loopback_console.testing.visiting import Page, Visitor

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.quantity import format_quantity
from operations.alarms import AlarmRow, AlarmsAnswer, AlarmState
from operations.careful_ledger import CarefulUsageTable
from operations.errors import OperationError
from operations.recent_hours import read_recent_hours
from tests.integration.operations.console.filled_stack import FilledStack
from tests.unit.operations.lives import EveryState

SINCE = datetime(2026, 11, 19, 12, 0, 5, tzinfo=UTC)


def titles_of(page: Page) -> dict[str, str]:
    """Return what the tiles of a page say, by what they are about."""
    words = page.text
    return {name: words.partition(name)[2].split()[0] for name in TILES}


TILES = (
    "Records that AWS has not accepted",
    "Hours whose usage waits",
    "Records that need a person",
    "Messages of rejected events",
    "Dead letters",
)


@pytest.mark.usefixtures("keys")
def test_each_tile_counts_what_there_is(visitor: Visitor, filled: FilledStack) -> None:
    filled.reject("m1", {"id": "e1"})
    filled.reject("m2", "no object")
    filled.send("AgreementEventsDeadLetterQueue", "an event")

    assert titles_of(visitor.read("/")) == {
        "Records that AWS has not accepted": "1",
        "Hours whose usage waits": "1",
        "Records that need a person": "3",
        "Messages of rejected events": "2",
        "Dead letters": "1",
    }


def test_what_waits_is_listed_by_its_deadline(visitor: Visitor, keys: EveryState) -> None:
    page = visitor.read("/")

    waiting = page.text.partition("What runs out when")[2]
    assert "The next deadline is in 22 h 30 min." in page.text
    assert str(keys.submitting.subscription) in waiting
    assert "not frozen yet subscription_unknown" in waiting
    links = [one["href"] for one in page.all("a")]
    assert "/runbook?name=subscription_unknown" in links
    assert "/runbook?name=SUBMITTING" not in links, "the runbook has nothing on it"
    assert waiting.index("2026-11-19 12:00") < waiting.index("2026-11-20 12:00:00")


@pytest.mark.usefixtures("keys")
def test_the_sums_are_those_of_the_hours(visitor: Visitor, filled: FilledStack) -> None:
    ledger = filled.stack.open(CarefulUsageTable)
    totals = read_recent_hours(ledger, filled.stack.now()).totals

    text = visitor.read("/").text
    assert totals[Standing.REJECTED] == Decimal(2)
    assert totals[Standing.METERED] > 0
    for standing, units in totals.items():
        if units:
            shown = format(units.normalize(), ",f")
            assert f"{standing} {shown}" in text
            assert format_quantity(units) == shown.replace(",", "")


def test_where_nothing_happened_the_page_says_so(visitor: Visitor) -> None:
    page = visitor.read("/")

    assert "Nothing waits for AWS." in page.text
    assert "There is no usage of the last 72 hours." in page.text
    assert {*titles_of(page).values()} == {"0"}


def test_what_cannot_be_read_is_not_known_and_hides_nothing_else(
    visitor: Visitor, filled: FilledStack, keys: EveryState
) -> None:
    del filled.stack.found["RejectedUsageQueue"]
    text = visitor.read("/").text

    assert "Messages of rejected events not known: stack metering has no output" in text
    assert str(keys.submitting.subscription) in text


def test_alarms_that_need_somebody_lead_to_the_runbook(
    visitor: Visitor, filled: FilledStack
) -> None:
    rows = (
        AlarmRow("RecordsAtRiskAlarm", AlarmState.ALARM, SINCE, "Threshold Crossed: 3.0"),
        AlarmRow("RisksMeasuredAlarm", AlarmState.INSUFFICIENT_DATA, SINCE, "Unchecked"),
        AlarmRow("ItemsUnreadableAlarm", AlarmState.OK, SINCE, "fine"),
    )
    filled.stack.of_alarms = lambda: AlarmsAnswer(alarms=rows)
    page = visitor.read("/")

    assert "Alarms 1 of 3" in page.text
    assert "RecordsAtRiskAlarm in alarm 2026-11-19 12:00:05 Threshold Crossed: 3.0" in page.text
    assert "RisksMeasuredAlarm no data" in page.text
    assert "1 others are OK" in page.text
    assert "ItemsUnreadableAlarm" not in page.text
    assert "/runbook?name=RecordsAtRiskAlarm" in [one["href"] for one in page.all("a")]


def test_a_local_stack_shows_no_alarm_that_was_never_measured(visitor: Visitor) -> None:
    assert "The local stack measures nothing" in visitor.read("/").text


def test_alarms_that_are_not_shown_are_not_called_quiet(
    visitor: Visitor, filled: FilledStack
) -> None:
    def fail() -> AlarmsAnswer:
        raise OperationError("AccessDenied: cloudwatch:DescribeAlarms")

    filled.stack.of_alarms = fail
    text = visitor.read("/").text

    assert "The alarms are not known: AccessDenied: cloudwatch:DescribeAlarms" in text
    assert "of 0" not in text


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(("entries_max", "is_more"), [(1, True), (300, False)])
def test_more_than_is_read_here_is_said(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, entries_max: int, *, is_more: bool
) -> None:
    monkeypatch.setattr("operations.console.overview.ENTRIES_MAX", entries_max)
    text = visitor.read("/").text

    assert ("at least" in text) == is_more
    assert ("meterhouse unfinished" in text) == is_more
