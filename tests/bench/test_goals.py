"""Goals, verdicts, and how results are shown; no number here was measured."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from rich.console import Console

from bench.__main__ import write_document
from bench.counting import Life
from bench.folding import FoldCost
from bench.goals import Goal, Kind, goals_of
from bench.many_records import LargeLookUp
from bench.measuring import SHAPES, LateCost, Results
from bench.playing import Part
from bench.processor import DrainTime
from bench.reading import LookUp
from bench.recovery import Recovery
from bench.rivals import rivals_beside
from bench.sending import WAYS, SendingCost
from bench.settling import SettlingCost
from bench.spending import Costs
from bench.tables import missed_of, tables_of
from bench.throttled import BillingSpeed


def life(name: str = "a shape", *, drain: int = 20, filing: int = 2) -> Life:
    """Return the life of 1,000 events in 1,000 records."""
    units = {Part.DRAIN: drain, Part.CLOSING: 20, Part.ACCOUNTING: 3, Part.FILING: filing}
    parts = {part: Costs(Decimal(spent), Decimal(1), Decimal(5)) for part, spent in units.items()}
    return Life(name, 1_000, 1_000, 120, parts, metering_calls=40, stored_bytes=25_000)


def results(*, busy: Life | None = None, late: int = 16, large: int = 6) -> Results:
    lives = dict.fromkeys(SHAPES, life()) | {"busy": busy or life("busy")}
    return Results(
        load=0.1,
        processors=2,
        lives=lives,
        rivals=dict.fromkeys(SHAPES, rivals_beside(1_000, 1_000)),
        late=[LateCost(10, Costs(Decimal(16))), LateCost(40, Costs(Decimal(late)))],
        sending=[SendingCost(way.name, 1_000, 7, 1, 4, 235_000, Decimal(20)) for way in WAYS],
        settling=SettlingCost(990, Costs(), LookUp("left", "of all", Decimal(2))),
        look_ups=[LookUp("a month", "of somebody", Decimal("34.5"))],
        large=[
            LargeLookUp("a list", 10_800, 50, Decimal(6)),
            LargeLookUp("a list", 1_000_800, 50, Decimal(large)),
            LargeLookUp("a record", 10_800, 1, Decimal(6), is_bounded=False),
            LargeLookUp("a record", 1_000_800, 1, Decimal(60), is_bounded=False),
        ],
        processor=[DrainTime("a shape", 1_000, ours=8.0, usual=600.0)],
        fold=FoldCost(1_000_000, seconds=1.0, before_bytes=1, peak_bytes=2**27),
        billing=BillingSpeed(2_500, calls=100, throttled=0, seconds=11.0, calling_seconds=9.9),
        recovery=Recovery(timedelta(seconds=250), timedelta(seconds=549)),
    )


def missed(found: Results) -> set[str]:
    return {goal.what for goal in goals_of(found) if not goal.is_met}


@pytest.mark.parametrize(
    ("measured", "limit", "is_least", "is_met"),
    [
        (2.0, 2, False, True),
        (2.004, 2, False, True),
        (2.01, 2, False, False),
        (24.5, 24.5, True, True),
        (24.4, 24.5, True, False),
    ],
)
def test_a_number_keeps_its_limit_as_it_is_printed(
    measured: float, limit: float, *, is_least: bool, is_met: bool
) -> None:
    assert Goal("it", Kind.COUNTED, measured, limit, is_least=is_least).is_met is is_met


@pytest.mark.parametrize(
    ("kind", "measured", "accepted", "fails"),
    [
        (Kind.COUNTED, 2.0, None, False),
        (Kind.COUNTED, 2.1, None, True),
        (Kind.COUNTED, 2.1, 2.5, False),
        (Kind.COUNTED, 2.6, 2.5, True),
        (Kind.TIMED, 9.0, None, False),
    ],
)
def test_only_a_counted_number_that_is_worse_than_what_is_known_fails_the_command(
    kind: Kind, measured: float, accepted: float | None, *, fails: bool
) -> None:
    assert Goal("it", kind, measured, limit=2, accepted=accepted).fails is fails


def test_results_within_all_counted_goals_miss_only_what_is_known() -> None:
    found = results()

    assert missed(found) == {"the same: until it begins, default schedule, worst moment"}
    assert not any(goal.fails for goal in goals_of(found))


def test_a_missed_goal_is_named_and_fails() -> None:
    found = results(busy=life("busy", drain=23), late=18, large=7)

    wrong = {goal.what for goal in goals_of(found) if goal.fails}
    assert wrong == {
        "busy: write units per 1,000 events, drain",
        "late drains: one of 40 against one of 10",
        "records lists, a statement: read units among a million against 10,800",
    }
    assert missed(found) > wrong


def test_what_depends_on_the_machine_is_never_a_counted_goal() -> None:
    timed = {goal.what for goal in goals_of(results()) if goal.kind is Kind.TIMED}

    assert {what.split(" per ")[0].split(":")[0] for what in timed} == {
        "µs of processor time",
        "records",
        "records a second at the quota",
        "fold",
    }


def test_rates_are_of_the_calls_that_were_answered() -> None:
    speed = results().billing

    assert speed.records_per_call == 25
    assert speed.calls_per_second == pytest.approx(10)
    assert speed.records_per_second == pytest.approx(250)


def test_the_tables_show_every_shape_beside_the_usual_ways() -> None:
    console = Console(width=250, record=True, file=io.StringIO())
    found = results()
    for table in tables_of(found, goals_of(found)):
        console.print(table)
    text = console.export_text()

    assert text.count("a shape") == 2 * (len(SHAPES) - 1) + 2
    # 45 units for 1,000 events, beside 2,000 and 4,000.
    assert "45.0" in text
    assert "44.4x" in text
    assert "88.9x" in text
    assert text.count("missed") == 1
    assert "1,000,800" in text
    assert all(way.name in text for way in WAYS)


def test_what_limits_a_missed_goal_is_said() -> None:
    [sentence] = missed_of(goals_of(results()))

    assert "worst moment. What limits it: a lease of 250 s" in sentence


def test_what_got_worse_is_said_last() -> None:
    *_, last = missed_of(goals_of(results(late=18)))

    assert last.endswith("got worse: late drains: one of 40 against one of 10.")


def test_results_can_be_written_as_json() -> None:
    found = results()
    document = json.loads(write_document(found, goals_of(found)))

    assert document["lives"]["busy"]["parts"]["drain"]["write_units"] == 20
    assert document["recovery"]["free"] == 250
    assert document["goals"][0]["is_met"] is True
