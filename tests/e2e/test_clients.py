"""AWS's own clients in a shell that read `stack.env`: they reach the stack, and nobody else."""

import json
import os
import re
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.usage import UsageFact
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import COMMAND_SECONDS_MAX, REPOSITORY, RunningStack, closed_hour

pytestmark = pytest.mark.stack

# What a person had before, each of which would lead elsewhere.
USERS_CONFIG = """\
[default]
region = eu-west-1
endpoint_url = https://elsewhere.example
ignore_configured_endpoint_urls = true
"""
EVENTS = (REPOSITORY / "events" / "README.md").read_text()
DOCUMENTS = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text()

CALLS = {
    "sqs": """url=$(aws sqs create-queue --queue-name clients --query QueueUrl --output text)
        aws sqs send-message --queue-url "$url" --message-body answered
        aws sqs receive-message --queue-url "$url" """,
    "dynamodb": "aws dynamodb scan --table-name $USAGE_TABLE --select COUNT && echo answered",
    "lambda": "echo {} | aws lambda invoke --function-name $RECONCILE_FUNCTION"
    " --payload fileb:///dev/stdin answer.json && echo answered",
    "logs": "aws logs describe-log-groups && echo answered",
    "cloudformation": "aws cloudformation describe-stacks && echo answered",
    "events": "aws events list-rules --event-bus-name $EVENT_BUS && echo answered",
    "dynamodbstreams": "aws dynamodbstreams list-streams --table-name $SUBSCRIPTIONS_TABLE"
    " && echo answered",
    "sts": "aws sts get-caller-identity && echo answered",
    "meteringmarketplace": "aws meteringmarketplace resolve-customer --registration-token $TOKEN"
    " && echo answered",
    # AWS answers it in few regions, and so does the sandbox (`region.services`).
    "marketplace-entitlement": "aws marketplace-entitlement get-entitlements"
    " --region us-east-1 --product-code $PRODUCT_CODE && echo answered",
}


class _Trap(socketserver.ThreadingTCPServer):
    """A proxy that notes whom it is asked for, and leads nowhere."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _TrapHandler)
        self.caught: list[str] = []


class _TrapHandler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Trap)
        self.server.caught.append(self.rfile.readline().decode().strip())


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell of a person who has another account, and a proxy to the internet."""

    folder: Path
    environment: dict[str, str]
    trap: _Trap
    addresses: Path

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Read `stack.env`, then run a script."""
        return subprocess.run(
            ["/bin/sh", "-c", f'set -eu; set -a; . "{self.addresses}"; set +a\n{script}'],
            cwd=self.folder,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS_MAX,
        )


@pytest.fixture
def shell(stack: RunningStack, tmp_path: Path) -> Iterator[Shell]:
    config = tmp_path / "config"
    config.write_text(USERS_CONFIG)
    with _Trap() as trap:
        proxy = f"http://127.0.0.1:{trap.server_address[1]}"
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        environment |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy"), proxy)
        environment |= dict.fromkeys(("https_proxy", "ALL_PROXY", "all_proxy"), proxy)
        environment |= {"AWS_CONFIG_FILE": str(config), "AWS_REGION": "eu-west-1"}
        environment |= {"AWS_PROFILE": "default", "AWS_SESSION_TOKEN": "of another account"}
        environment |= {"AWS_ENDPOINT_URL_DYNAMODB": "https://dynamodb.eu-west-1.amazonaws.com"}
        serving = threading.Thread(target=trap.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield Shell(tmp_path, environment, trap, stack.directory / "stack.env")
        finally:
            trap.shutdown()
            serving.join()


def test_every_service_that_the_documents_use_is_called_here() -> None:
    used = {
        service
        for document in DOCUMENTS
        for service in re.findall(
            r"^ {4,}.*?\baws ([a-z-]+) [a-z]", document.read_text(), re.MULTILINE
        )
    }
    assert used >= {"lambda", "dynamodb", "logs"}
    assert used <= CALLS.keys()


@pytest.mark.parametrize("service", CALLS)
def test_a_call_of_the_aws_cli_reaches_the_stack_and_nobody_else(
    stack: RunningStack, shell: Shell, service: str
) -> None:
    subscription = stack.sell(f"client-{service}", MeteringMode.LICENSE, "api_calls")
    token = stack.mint_token(subscription)
    done = shell.run(CALLS[service], TOKEN=token, PRODUCT_CODE=subscription.product_code)
    assert done.returncode == 0, done.stderr
    assert "answered" in done.stdout
    assert shell.trap.caught == []


@pytest.mark.parametrize("service", CALLS)
def test_a_client_of_the_python_sdk_is_led_to_the_stack(shell: Shell, service: str) -> None:
    script = f"import boto3; print(boto3.client({service!r}).meta.endpoint_url)"
    done = shell.run(f'python -c "{script}"')
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("http://127.0.0.1:")


OWN_AWS = REPOSITORY / ".tools" / "awscli" / "bin" / "aws"
FORGETFUL = "unset AWS_ENDPOINT_URL AWS_ENDPOINT_URL_DYNAMODB; {aws} dynamodb list-tables"
# In a region of AWS version 1 of the CLI knows better where SQS is than any setting.
GOING_OUT = (
    '{aws} --region us-east-1 sqs send-message --message-body "{{}}" --queue-url "$USAGE_QUEUE_URL"'
)


@pytest.mark.parametrize("script", [FORGETFUL, GOING_OUT])
def test_an_aws_cli_that_goes_out_finds_nobody(shell: Shell, script: str) -> None:
    done = shell.run(script.format(aws="aws"), AWS_MAX_ATTEMPTS="1")
    assert done.returncode != 0
    assert "proxy" in done.stderr
    assert shell.trap.caught == []


def test_a_client_that_knows_no_endpoint_variable_asks_for_what_is_not_there(shell: Shell) -> None:
    """The region is not AWS's, so even such a client asks for a name that nobody has."""
    assert shell.run(FORGETFUL.format(aws=OWN_AWS), AWS_MAX_ATTEMPTS="1").returncode != 0
    asked_for = {line.split()[1] for line in shell.trap.caught}
    assert asked_for == {"dynamodb.us-local-1.amazonaws.com:443"}


def test_the_trap_catches_a_client_that_goes_out(shell: Shell) -> None:
    assert shell.run(GOING_OUT.format(aws=OWN_AWS), AWS_MAX_ATTEMPTS="1").returncode != 0
    assert shell.trap.caught[0].startswith("CONNECT queue.amazonaws.com:443")


def test_the_programs_of_the_repository_come_first(shell: Shell) -> None:
    found = shell.run("command -v aws; command -v sandbox; command -v python").stdout.splitlines()
    where = [Path(one).parent for one in found]
    venv = REPOSITORY / ".venv" / "bin"
    assert where == [REPOSITORY / "local" / "stack" / "programs", venv, venv]


def runbook_command(heading: str) -> str:
    """Return the command that a section of the runbook gives an operator, to the letter."""
    section = RUNBOOK.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"(?:^ {4}.*\n)+", section, re.MULTILINE)
    (command,) = (str(block) for block in blocks if "aws lambda invoke" in block)
    return command


@pytest.fixture
def operator(shell: Shell) -> Callable[[str, dict[str, str]], dict[str, object]]:
    """Run what the runbook says, with what it leaves open filled in; return what was answered."""

    def run(heading: str, filled_in: dict[str, str]) -> dict[str, object]:
        command = runbook_command(heading)
        for left_open, value in filled_in.items():
            assert left_open in command
            command = command.replace(left_open, value)
        assert "…" not in command
        done = shell.run(command)
        assert done.returncode == 0, done.stderr
        answer: dict[str, object] = json.loads((shell.folder / "answer.json").read_text())
        return answer

    return run


def test_a_redrive_as_the_runbook_writes_it_sends_the_record_again(
    stack: RunningStack, operator: Callable[[str, dict[str, str]], dict[str, object]]
) -> None:
    subscription = stack.sell("redriven", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    used_at = closed_hour() + timedelta(minutes=1)
    fact = UsageFact("one", subscription, "unheard_of", Decimal(1), used_at)
    stack.send(json.dumps(fact.as_event()))
    assert subscription.license_arn is not None
    key = f"{license_key(subscription.license_arn)}|unheard_of|{used_at:%Y-%m-%dT%H}"

    def refusals() -> int:
        return json.dumps(stack.marketplace.list_refusals()).count("unheard_of")

    stack.wait_until(lambda: refusals() > 0)
    before = refusals()
    answer = operator(
        "Redriving a rejected record",
        {
            "license#l-0123…|api_calls|2026-11-22T18": key,
            "<reconcile function>": stack.addresses.reconcile_function,
        },
    )
    assert "errorMessage" not in answer
    stack.wait_until(lambda: refusals() > before)
    assert refusals() > before


def test_a_flush_as_the_runbook_writes_it_bills_the_unfinished_hour(
    stack: RunningStack, operator: Callable[[str, dict[str, str]], dict[str, object]]
) -> None:
    subscription = stack.sell("flushed", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    fact = UsageFact("one", subscription, "api_calls", Decimal("2.5"), datetime.now(UTC))
    stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    assert subscription.license_arn is not None
    answer = operator(
        "Flushing a subscription at once",
        {
            "arn:aws:license-manager::…:license:l-0123…": subscription.license_arn,
            "2026-11-22T18:31:00Z": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "<reconcile function>": stack.addresses.reconcile_function,
        },
    )
    assert answer["flush_left"] == 0
    assert stack.compare([fact]).is_exact


@pytest.mark.parametrize("command", re.findall(r"`((?:aws|curl) [^`]+)`", EVENTS))
def test_each_example_event_is_played_by_the_command_beside_it(shell: Shell, command: str) -> None:
    answer = shell.run(f'cd "{REPOSITORY}"\n{command}')
    assert answer.returncode == 0, answer.stderr
    assert "errorMessage" not in answer.stdout
    assert "FunctionError" not in answer.stdout


def test_every_example_event_has_its_command() -> None:
    documents = {file.name for file in (REPOSITORY / "events").glob("*.json")}
    assert documents == set(re.findall(r"^\| `([a-z-]+(?:\.schema)?\.json)`", EVENTS, re.MULTILINE))
    assert len(re.findall(r"`(?:aws|curl) ", EVENTS)) >= len(documents) - 2
