"""Goals, verdicts, and how results are shown; no number here was measured."""

import io
import json
from decimal import Decimal

import pytest
from rich.console import Console

from bench.counting import Rates, ShapeCost
from bench.folding import FoldCost
from bench.goals import Goal, Kind, goals_of
from bench.processor import DrainTime
from bench.results import Results, ShapeResult, to_document
from bench.shapes import ShapeName
from bench.tables import tables_of
from bench.throttled import BillingSpeed, BillingTimes
from bench.usual_way import UsualCost


def rates(write_units: str) -> Rates:
    return Rates(Decimal(write_units), Decimal(1), Decimal("2.5"), Decimal(3))


def results(*, drain_units: str = "40", life_units: str = "7000") -> Results:
    ours = ShapeCost(rates(drain_units), rates(life_units), rates("0"), Decimal(25))
    usual = UsualCost(rates("1000"), rates("2000"))
    shape = ShapeResult(1_000, 10, 1, ours, usual, DrainTime(5.0, 50.0, 400.0))
    speed = BillingSpeed(records=2_500, calls=100, throttled=0, seconds=11.0, calling_seconds=9.9)
    fold = FoldCost(
        events=1_000_000,
        decode_seconds=1.0,
        fold_seconds=1.0,
        before_bytes=1,
        peak_bytes=2**28,
        function_bytes=2**30,
    )
    return Results(
        load=0.1,
        processors=2,
        shapes=dict.fromkeys(ShapeName, shape),
        fold=fold,
        billing=BillingTimes(speed, speed),
        usual_billing=speed,
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


def test_results_within_all_goals_miss_none() -> None:
    assert missed(results()) == set()


def test_a_missed_goal_is_named() -> None:
    assert missed(results(drain_units="51", life_units="8100")) == {
        "busy: write units per 1,000 events, drain",
        "sparse: write units per event, whole life",
    }


def test_what_depends_on_the_machine_is_never_a_counted_goal() -> None:
    kinds = {goal.what: goal.kind for goal in goals_of(results())}

    assert {kind for what, kind in kinds.items() if "second" in what or "CPU" in what} == {
        Kind.TIMED
    }
    assert list(kinds.values()).count(Kind.COUNTED) == 4


def test_rates_are_of_the_calls_that_were_answered() -> None:
    speed = results().billing.steady

    assert speed.records_per_call == 25
    assert speed.calls_per_second == pytest.approx(10)
    assert speed.records_per_second == pytest.approx(227.27, abs=0.01)


def test_the_tables_show_every_shape_beside_the_usual_way() -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    found = results()
    for table in tables_of(found, goals_of(found)):
        console.print(table)
    text = console.export_text()

    assert all(name.value in text for name in ShapeName)
    assert "25x" in text
    assert "missed" not in text


def test_results_can_be_written_as_json() -> None:
    document = json.loads(json.dumps(to_document(results())))

    assert document["shapes"][ShapeName.BUSY.value]["ours"]["drain"]["write_units"] == 40
    assert document["billing"]["steady"]["calls"] == 100
