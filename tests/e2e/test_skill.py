"""What skills/meterhouse/SKILL.md tells to type, typed: each command of it runs as it stands."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.usage import UsageFact
from tests.e2e.running_stack import COMMAND_SECONDS_MAX, REPOSITORY, RunningStack

pytestmark = pytest.mark.stack

SKILL = (REPOSITORY / "skills" / "meterhouse" / "SKILL.md").read_text()
COMMANDS = re.findall(r"^ {4}(\S.*)$", SKILL, re.MULTILINE)


@pytest.fixture(scope="module")
def variables(stack: RunningStack) -> dict[str, str]:
    """Return what the commands leave open, of a buyer of whom an hour was billed."""
    buyer = stack.sell("skilled", MeteringMode.LICENSE, "requests")
    stack.register(buyer)
    at = datetime.now(UTC)
    fact = UsageFact("one", buyer, "requests", Decimal("1.5"), at, ())
    stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    assert buyer.license_arn is not None
    return {
        "ACCOUNT": buyer.customer_aws_account_id,
        "LICENSE": buyer.license_arn,
        "DIMENSION": "requests",
        "MONTH": f"{at:%Y-%m}",
        "HOUR": f"{at:%Y-%m-%dT%H}",
    }


def type_in(
    stack: RunningStack, folder: Path, command: str, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    addresses = stack.directory / "stack.env"
    return subprocess.run(
        ["/bin/sh", "-c", f'set -eu; set -a; . "{addresses}"; set +a\n{command}'],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "METERHOUSE_DIRECTORY": str(stack.directory),
            **variables,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS_MAX,
    )


def test_every_command_of_the_skill_runs_as_it_stands(
    stack: RunningStack, variables: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "operations").symlink_to(REPOSITORY / "operations")
    said = {}
    for command in COMMANDS:
        done = type_in(stack, tmp_path, command, variables)
        # Other tests of this stack leave rejected usage behind: somebody is needed.
        codes = {0, 1} if "meterhouse status" in command else {0}
        assert done.returncode in codes, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout

    record = next(text for command, text in said.items() if "meterhouse records show" in command)
    assert [one["id"] for one in json.loads(record)["events"]] == ["one"]
    found = next(text for command, text in said.items() if "meterhouse records list" in command)
    assert json.loads(found)["next"] is None, "it is all"
    listed = next(text for command, text in said.items() if "subscriptions list" in command)
    assert len(json.loads(listed)["subscriptions"]) == 1
    assert any(text.startswith("OK: ") for text in said.values()), "the evidence checks out"
    assert len(COMMANDS) > 12


def test_what_the_skill_says_of_a_command_exists() -> None:
    named = {*re.findall(r"`meterhouse ((?:rejected |subscriptions |records )?[a-z-]+)", SKILL)}
    for words in sorted(named):
        done = subprocess.run(
            [str(REPOSITORY / ".venv/bin/meterhouse"), *words.split(), "--help"],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, words
    assert len(named) > 4
