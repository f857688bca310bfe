"""Commands of the runbook's for tables and queues, run as they are written."""

import hashlib
import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import COMMAND_SECONDS_MAX, REPOSITORY, RunningStack

pytestmark = pytest.mark.stack

RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text()
LICENSE = "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"


def command_of(heading: str, filled_in: dict[str, str]) -> str:
    """Return the only command of a section, with what it leaves open filled in."""
    section = RUNBOOK.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    (command,) = re.findall(r"(?:^ {4}.*\n)+", section, re.MULTILINE)
    for left_open, value in filled_in.items():
        assert left_open in command
        command = command.replace(left_open, value)
    assert "<" not in command
    return str(command)


def run(
    stack: RunningStack, home: Path, script: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a script in a shell that read `stack.env`."""
    addresses = stack.directory / "stack.env"
    return subprocess.run(
        ["/bin/sh", "-c", f'set -eu; set -a; . "{addresses}"; set +a\n{script}'],
        env={"PATH": os.environ["PATH"], "HOME": str(home)} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS_MAX,
    )


def test_a_reference_is_redeemed_once_as_the_runbook_writes_it(
    stack: RunningStack, tmp_path: Path
) -> None:
    table, key = stack.addresses.subscriptions_table, license_key(LICENSE)
    digest = hashlib.sha256(b"a-reference").hexdigest()
    expires_at = datetime.now(UTC) + timedelta(minutes=30)
    ReferencesTable(stack.aws.dynamodb(), table).add_reference(digest, [key], expires_at)
    command = command_of("Redeeming a registration reference", {"<SubscriptionsTable>": table})

    first = run(stack, tmp_path, command, REFERENCE="a-reference")
    again = run(stack, tmp_path, command, REFERENCE="a-reference")

    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["Attributes"]["subscriptions"] == {"L": [{"S": key}]}
    assert again.returncode != 0
    assert "ConditionalCheckFailed" in again.stderr


def test_events_that_were_not_forwarded_are_brought_as_the_runbook_writes_it(
    stack: RunningStack, tmp_path: Path
) -> None:
    sqs = stack.aws.sqs()
    unforwarded = sqs.create_queue(QueueName="unforwarded")["QueueUrl"]
    main = sqs.create_queue(QueueName="main-region")["QueueUrl"]
    events = [json.dumps({"id": f"{number}", "title": 'it\'s "one" $HOME\\'}) for number in (1, 2)]
    for event in events:
        sqs.send_message(QueueUrl=unforwarded, MessageBody=event)
    filled_in = {
        "us-east-1": stack.addresses.aws_default_region,
        "<output UnforwardedEventsQueueUrl>": unforwarded,
        "<output AgreementEventsQueueUrl>": main,
    }
    done = run(stack, tmp_path, command_of("Bringing an event that was not forwarded", filled_in))

    assert done.returncode == 0, done.stderr
    messages = sqs.receive_message(QueueUrl=main, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in messages) == events
