"""The README's four commands, typed as they stand: from a rejection to finance's table."""

import csv
import json
import os
import re
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.usage import UsageFact
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import COMMAND_SECONDS_MAX, REPOSITORY, RunningStack, closed_hour

pytestmark = pytest.mark.stack

README = (REPOSITORY / "README.md").read_text()


def commands(anchor: str) -> list[str]:
    """Return the commands of the first block after an anchor of the README."""
    after = README.split(f'<a id="{anchor}"></a>')[1]
    [block, *_] = re.findall(r"(?:^ {4}\S.*\n)+", after, re.MULTILINE)
    return [line.strip() for line in block.splitlines()]


def type_in(stack: RunningStack, folder: Path, command: str, variables: Mapping[str, str]) -> str:
    """Run a command as its user does, who agrees to what it asks; return what it shows."""
    done = subprocess.run(
        ["/bin/sh", "-euc", command],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "METERHOUSE_DIRECTORY": str(stack.directory),
            **variables,
        },
        input="y\n",
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS_MAX,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def billed_of(path: Path, subscription: str) -> list[str]:
    """Return the units that finance's table has as billed of a subscription, over all hours."""
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == "totals"]
    return [row["billed"] for row in rows if row["subscription"] == subscription]


def test_a_rejected_record_is_understood_mended_billed_and_handed_to_finance(
    stack: RunningStack, tmp_path: Path
) -> None:
    buyer = stack.sell("mistaken", MeteringMode.LICENSE, "requests")
    stack.register(buyer)
    name = license_key(str(buyer.license_arn))
    fact = UsageFact("one", buyer, "gb_hours", Decimal("2.5"), closed_hour(), ())
    record = str(RecordKey(name, "gb_hours", fact.hour_at))
    variables = {"RECORD": record, "MONTH": f"{fact.hour_at:%Y-%m}"}
    look, mend, see, export = commands("four-commands")
    stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    stack.wait_until(lambda: record in type_in(stack, tmp_path, look, variables))

    why = type_in(stack, tmp_path, look, variables)
    assert "InvalidUsageDimensionException" in why
    assert "Add it to the listing" in why
    stack.marketplace.amend_product(buyer.product_code, dimensions=["gb_hours"])
    assert "redriven" in type_in(stack, tmp_path, mend, variables)
    seen = type_in(stack, tmp_path, see, variables)
    type_in(stack, tmp_path, export, variables)

    assert "state: METERED" in seen
    assert stack.compare([fact]).is_exact
    assert billed_of(tmp_path / f"{variables['MONTH']}.csv", name) == ["2.5"]


def test_a_rejected_event_is_understood_mended_billed_and_handed_to_finance(
    stack: RunningStack, tmp_path: Path
) -> None:
    buyer = stack.sell("negative", MeteringMode.LICENSE, "requests")
    stack.register(buyer)
    name = license_key(str(buyer.license_arn))
    fact = UsageFact("wrong", buyer, "requests", Decimal("12.5"), closed_hour(), ())
    stack.send(json.dumps({**fact.as_event(), "quantity": -12.5}))
    stack.aftermath.wait_until_drained(60)
    variables = {"LICENSE": str(buyer.license_arn), "MONTH": f"{fact.hour_at:%Y-%m}"}
    look, mend, see, export = commands("four-commands-for-an-event")

    found = json.loads(type_in(stack, tmp_path, f"{look.split('#')[0]} --json", variables))
    [event] = [one for one in found["events"] if one["subscription"] == buyer.license_arn]
    assert event["codes"] == "quantity_negative"
    variables["EVENT"] = event["name"]
    type_in(stack, tmp_path, mend, variables)
    assert stack.wait_until_billed([fact]).is_exact
    seen = type_in(stack, tmp_path, see, variables)
    type_in(stack, tmp_path, export, variables)

    assert "METERED" in seen
    assert "12.5" in seen
    assert billed_of(tmp_path / f"{variables['MONTH']}.csv", name) == ["12.5"]


def test_there_are_four_of_each() -> None:
    for anchor in ("four-commands", "four-commands-for-an-event"):
        assert len(commands(anchor)) == 4
        assert all(one.startswith("meterhouse ") for one in commands(anchor))
