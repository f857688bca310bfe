"""`subscriptions show`: what a contract includes, what of it is taken, and what is left."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from meterhouse.adapters.usage_table.allowance_items import allowance_key, taking_attributes
from meterhouse.adapters.usage_table.items import present
from meterhouse.domain.allowances.allowance import AllowanceKey, Taking
from meterhouse.domain.keys import MeterKey
from operations import resources
from operations.__main__ import app
from operations.included_units import NOT_KNOWN, NOTHING
from tests.integration.operations.books import Books
from tests.integration.operations.deployment import LICENSE, NAME, Deployment, deploy

SHOW = f"subscriptions show {LICENSE}"
ALL_OF_IT = "calls=100/agreement"


@pytest.fixture
def deployment(books: Books, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    return deploy(books, monkeypatch)


def take(deployment: Deployment, dimension: str, period: str, units: str) -> None:
    """Write an allowance of 100 units as a closing does that takes some first."""
    key = AllowanceKey(MeterKey(NAME, dimension), period)
    taking = Taking(key, Decimal(0), Decimal(units), Decimal(100))
    item: dict[str, Any] = {**allowance_key(key), **present(taking_attributes(taking))}
    deployment.books.put([item])


def document_of(deployment: Deployment) -> dict[str, Any]:
    code, said = deployment.run(f"{SHOW} --json")
    assert code == 0, said
    document: dict[str, Any] = json.loads(said)
    return document


def test_it_is_shown_exactly_to_people_scripts_and_tables(deployment: Deployment) -> None:
    deployment.stacks.parameters["IncludedUnits"] = ALL_OF_IT
    take(deployment, "calls", "2020-01", "7")
    take(deployment, "calls", "agreement", "60.000001")

    document = document_of(deployment)
    _, table = deployment.run(f"{SHOW} --csv")
    _, said = deployment.run(SHOW)

    current = {"dimension": "calls", "period": "agreement", "is_current": True, "ends_at": None}
    over = {"period": "2020-01", "is_current": False, "ends_at": "2020-02-01T00:00:00+00:00"}
    assert document["are_allowances_known"] is True
    assert document["allowances"] == [
        {**current, "granted": "100", "taken": "60.000001", "left": "39.999999"},
        {"dimension": "calls", **over, "granted": "100", "taken": "7", "left": "93"},
    ]
    rows = [one for one in csv.DictReader(table.splitlines()) if one["table"] == "allowances"]
    assert [(one["period"], one["is_current"], one["left"]) for one in rows] == [
        ("agreement", "true", "39.999999"),
        ("2020-01", "false", "93"),
    ]
    assert "39.999999" in said
    assert NOTHING not in said


def test_that_nothing_is_included_is_said(deployment: Deployment) -> None:
    deployment.stacks.parameters["IncludedUnits"] = ""

    _, said = deployment.run(SHOW)

    assert NOTHING in said
    assert document_of(deployment)["allowances"] == []


def test_a_stack_of_a_version_that_included_nothing_includes_nothing(
    deployment: Deployment,
) -> None:
    assert deployment.stacks.parameters == {}

    assert NOTHING in deployment.run(SHOW)[1]


def test_that_aws_has_not_said_how_much_is_said_with_the_remedy(deployment: Deployment) -> None:
    deployment.stacks.parameters["IncludedUnits"] = "calls=entitlement/agreement,gb=5/month"

    _, said = deployment.run(SHOW)
    calls, gigabytes = document_of(deployment)["allowances"][::-1]

    assert "AWS has not said how many units of calls are included." in said
    assert "`meterhouse sweep`" in said
    assert (calls["granted"], calls["taken"], calls["left"]) == (None, "0", None)
    assert (gigabytes["granted"], gigabytes["left"]) == ("5", "5")


def test_of_a_table_alone_it_is_said_that_nothing_tells(deployment: Deployment) -> None:
    name = resources.find_resource("SubscriptionsTable", None, "s", Path())[1]
    deployment.stacks.parameters["IncludedUnits"] = ALL_OF_IT

    result = CliRunner().invoke(app, [*SHOW.split(), "--table", name])

    assert result.exit_code == 0, result.stderr
    assert NOT_KNOWN in result.stdout
    assert "are allowances known: no" in result.stdout


def test_rules_of_another_version_are_no_rules_of_this_one(deployment: Deployment) -> None:
    deployment.stacks.parameters["IncludedUnits"] = "calls=5/fortnight"

    code, _, wrong = deployment.run_apart(SHOW)

    assert code == 2
    assert "parameter IncludedUnits of the stack cannot be read" in wrong
