"""A dashboard that draws only what is measured, and on which nothing lies upon anything else."""

import itertools
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.template.cloudformation import ALARM, FUNCTION, document, resources
from tests.template.evaluation import Evaluation
from tests.template.metrics import check_published

DASHBOARD = "AWS::CloudWatch::Dashboard"
# An account's first three dashboards are free of charge as long as they have no more than this.
METRICS_MAX = 50
GRID_COLUMNS = 24
SEARCH = re.compile(
    r"""SEARCH\('\{(?P<namespace>\w+),service,reason\} MetricName="(?P<metric>\w+)" """
    r"""service="\$\{AWS::StackName\}"', 'Sum', \d+\)"""
)
REFERENCE = re.compile(r"\$\{([\w.:]+)\}")


@cache
def body() -> dict[str, Any]:
    """Read the dashboard as CloudWatch does; what only a deployment knows stays as it is."""
    (properties,) = resources(DASHBOARD).values()
    defaults = {name: str(one["Default"]) for name, one in document()["Parameters"].items()}
    text = Evaluation(defaults, document()["Conditions"]).of(properties["DashboardBody"])
    read: dict[str, Any] = json.loads(text)
    return read


def widgets(kind: str) -> list[dict[str, Any]]:
    return [widget["properties"] for widget in body()["widgets"] if widget["type"] == kind]


def title(widget: dict[str, Any]) -> str:
    return str(widget["title"])


charts = pytest.mark.parametrize("chart", widgets("metric"), ids=title)


def rows(chart: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yield a chart's rows: what names the metric, and how it is drawn."""
    for row in chart["metrics"]:
        *names, last = row
        yield (names, last) if isinstance(last, dict) else (row, {})


def resolved(value: str) -> str:
    found = REFERENCE.fullmatch(value)
    assert found, f"{value} is no reference"
    return found[1]


@charts
def test_a_chart_draws_metrics_that_aws_or_our_code_publishes(chart: dict[str, Any]) -> None:
    for names, drawn in rows(chart):
        if names:
            namespace, metric, *pairs = names
            dimensions = itertools.batched(pairs, 2, strict=True)
            check_published(namespace, metric, {k: resolved(v) for k, v in dimensions})
        elif "SEARCH" in drawn["expression"]:
            found = SEARCH.fullmatch(drawn["expression"])
            assert found, drawn["expression"]
            by_reason = {"service": "AWS::StackName", "reason": "any"}
            check_published(found["namespace"], found["metric"], by_reason)


@charts
def test_a_chart_computes_with_what_it_reads(chart: dict[str, Any]) -> None:
    ids = [drawn.get("id") for _, drawn in rows(chart)]
    for names, drawn in rows(chart):
        if not names and "SEARCH" not in drawn["expression"]:
            used = re.findall(r"\b[a-z]\w*\b", drawn["expression"])
            assert used
            assert set(used) <= set(ids)


@charts
def test_a_chart_says_in_words_what_it_shows(chart: dict[str, Any]) -> None:
    assert " " in chart["title"]
    for names, drawn in rows(chart):
        if names and drawn.get("visible", True):
            assert drawn["label"]


def test_no_widget_lies_upon_another_or_beyond_the_edge() -> None:
    taken: dict[tuple[int, int], int] = {}
    for place, widget in enumerate(body()["widgets"]):
        assert widget["x"] + widget["width"] <= GRID_COLUMNS
        columns = range(widget["x"], widget["x"] + widget["width"])
        lines = range(widget["y"], widget["y"] + widget["height"])
        for cell in itertools.product(columns, lines):
            assert taken.setdefault(cell, place) == place


def test_every_alarm_stands_on_it() -> None:
    (alarms,) = widgets("alarm")

    assert {resolved(arn) for arn in alarms["alarms"]} == {
        f"{name}.Arn" for name in resources(ALARM)
    }


def test_errors_and_throttles_of_every_function_are_drawn() -> None:
    drawn = {
        tuple(names[:2] + names[3:]) for chart in widgets("metric") for names, _ in rows(chart)
    }

    assert {
        ("AWS/Lambda", metric, f"${{{name}}}")
        for name in resources(FUNCTION)
        for metric in ("Errors", "Throttles")
    } <= drawn


def test_it_stays_within_what_is_free_of_charge() -> None:
    count = sum(len(chart["metrics"]) for chart in widgets("metric"))

    assert count <= METRICS_MAX


def test_the_quota_is_the_one_that_the_functions_keep_to() -> None:
    (properties,) = resources(DASHBOARD).values()

    assert '"value": ${MeteringCallsPerSecond}' in properties["DashboardBody"]["Fn::Sub"]


def test_it_says_where_the_runbook_is() -> None:
    (text,) = widgets("text")

    assert "docs/runbook.md" in text["markdown"]


def test_it_can_be_switched_off_and_nothing_points_to_it_then() -> None:
    (name,) = resources(DASHBOARD)

    assert document()["Resources"][name]["Condition"] == "HasDashboard"
    assert document()["Outputs"]["DashboardUrl"]["Condition"] == "HasDashboard"
