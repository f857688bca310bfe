"""How commands end, and what a terminal sees while its user waits."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rich.console import Console
from typer.testing import CliRunner

from meterhouse.adapters.usage_table.layout import LaidOutUsageTable
from operations import showing
from operations.__main__ import app
from operations.options import EXIT_CODES
from tests.fakes.meterhouse import NOON
from tests.integration.adapters.backends import Aws, Backend, aws_of
from tests.integration.operations.books import Books
from tests.integration.operations.deployment import NAME, RECORD, TIMED, Deployment, deploy
from tests.unit.operations.aws_that_fails import commands

README = (Path(__file__).resolve().parents[3] / "README.md").read_text()
RESTORED = "--restored-to 2026-11-18T12:00:00Z --stopped-at 2026-11-18T12:30:00Z --shards 1"


@pytest.fixture(scope="module")
def aws_module(request: pytest.FixtureRequest) -> Iterator[Aws]:
    """Use moto alone: what ends how depends on no backend."""
    with aws_of(request, Backend.MOTO) as found:
        yield found


@pytest.fixture
def deployment(books: Books, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    return deploy(books, monkeypatch)


class Case(NamedTuple):
    """What is typed, how it ends, and what was there before."""

    code: int
    line: str
    answer: dict[str, Any] | None = None
    typed: str = ""
    before: Callable[[Deployment], object] = id


def falsify(deployment: Deployment) -> None:
    books = deployment.books
    [log] = books.logs()
    books.delete(books.keys(log, "S#")[0])


def lay_out(deployment: Deployment) -> None:
    books = deployment.books
    LaidOutUsageTable(books.aws.dynamodb, books.table_name, 1).hold()


def calm(deployment: Deployment) -> None:
    """Leave nothing that somebody is needed for."""
    lay_out(deployment)
    deployment.books.aws.sqs.purge_queue(QueueUrl=deployment.urls["RejectedUsageQueue"])


def fence(deployment: Deployment) -> None:
    assert deployment.run(f"restore-begin {RESTORED} --yes")[0] == 0


def last_hours(answer: str) -> dict[str, Any]:
    told = {NAME: {"answer": answer}}
    return {"flushed": told, "stopped": told}


INVOICED = "--reference INV-1 --reason credit"
SWEPT = {"swept": 1, "learned": 1, "refused": 0, "left": None}
UNSAFE = {name: value for name, value in TIMED.items() if name != "id"}
NO = "n\n"
CASES = [
    Case(0, "balance"),
    Case(1, "balance", before=falsify),
    Case(0, f"usage {NAME}", before=lay_out),
    Case(0, "usage --month 2026-11", before=lay_out),
    Case(2, "usage --table t"),
    Case(0, "status", before=calm),
    Case(1, "status", before=fence),
    Case(0, f"record {NAME} api_calls 2026-11-22T18", before=lay_out),
    Case(0, f"records show {RECORD}", before=lay_out),
    Case(0, "records list --state REJECTED", before=lay_out),
    Case(2, "records list --after nowhere", before=lay_out),
    Case(0, "unfinished"),
    Case(0, "refused"),
    Case(0, f"redrive {RECORD} --yes", {"redriven": {RECORD: "redriven"}}),
    Case(1, f"redrive {RECORD} --yes", {"redriven": {RECORD: "not_rejected: METERED"}}),
    Case(1, f"redrive {RECORD}", typed=NO, before=lay_out),
    Case(0, f"write-off {RECORD} --reason credit --yes", {"settled": {RECORD: "settled"}}),
    Case(1, f"write-off {RECORD} --reason credit --yes", {"settled": {RECORD: "metered"}}),
    Case(1, f"write-off {RECORD} --reason credit", typed=NO, before=lay_out),
    Case(0, f"bill-elsewhere {RECORD} {INVOICED} --yes", {"settled": {RECORD: "settled"}}),
    Case(1, f"bill-elsewhere {RECORD} {INVOICED}", typed=NO, before=lay_out),
    Case(0, f"reopen {RECORD} --reason error --yes", {"reopened": {RECORD: "reopened"}}),
    Case(1, f"reopen {RECORD} --reason error", typed=NO, before=lay_out),
    Case(0, "audit-trail"),
    Case(0, "spikes list", before=lay_out),
    Case(0, f"spikes release {RECORD} --yes", {"released": {RECORD: "released"}}),
    Case(1, f"spikes release {RECORD}", typed=NO),
    Case(0, f"spikes reject {RECORD} --yes", {"rejected": {RECORD: "rejected"}}),
    Case(1, f"spikes reject {RECORD}", typed=NO),
    Case(0, f"flush {NAME} --yes", last_hours("flushed")),
    Case(1, f"flush {NAME} --yes", last_hours("left")),
    Case(1, f"flush {NAME}", typed=NO),
    Case(0, f"stop {NAME} --yes", last_hours("noted")),
    Case(1, f"stop {NAME} --yes", last_hours("not_found")),
    Case(1, f"stop {NAME}", typed=NO),
    Case(0, "sweep --yes", SWEPT),
    Case(1, "sweep --yes", SWEPT | {"refused": 1}),
    Case(1, "sweep", typed=NO),
    Case(0, f"forget-contact {NAME} --yes"),
    Case(1, f"forget-contact {NAME}", typed=NO),
    Case(0, "announce --yes --per-second 200"),
    Case(1, "announce", typed=NO),
    Case(0, f"restore-begin {RESTORED} --yes"),
    Case(1, f"restore-begin {RESTORED}", typed=NO),
    Case(0, "restore-finish --yes", before=fence),
    Case(1, "restore-finish", typed=NO, before=fence),
    Case(0, "restore-report", before=fence),
    Case(0, "statement", before=lay_out),
    Case(2, "statement --html /dev/null/page.html", before=lay_out),
    Case(0, f"evidence {NAME}", before=lay_out),
    Case(2, f"evidence {NAME} --out /dev/null/evidence.json", before=lay_out),
    Case(0, "subscriptions list"),
    Case(2, "subscriptions list --limit 0"),
    Case(0, f"subscriptions show {NAME}"),
    Case(0, "rejected list"),
    Case(0, "rejected show EVENT"),
    Case(0, f"rejected mend EVENT --set time={NOON.isoformat()} --yes"),
    Case(1, f"rejected mend EVENT --set time={NOON.isoformat()}", typed=NO),
    Case(0, "rejected resend EVENT --yes"),
    Case(1, "rejected resend EVENT", typed=NO),
    Case(0, "rejected discard EVENT --yes"),
    Case(1, "rejected discard EVENT", typed=NO),
    Case(2, "rejected discard nobody --yes"),
    Case(0, "dead-letters list"),
    Case(0, "dead-letters redrive --yes", before=lambda one: one.bury(TIMED)),
    Case(1, "dead-letters redrive --yes", before=lambda one: one.bury(UNSAFE)),
    Case(1, "dead-letters redrive", typed=NO, before=lambda one: one.bury(TIMED)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.line} {case.typed}")
def test_a_command_ends_as_told(deployment: Deployment, case: Case) -> None:
    case.before(deployment)
    deployment.functions.answer = case.answer or {}

    code, said = deployment.run(case.line, case.typed)

    assert code == case.code, said


def test_each_command_is_held_to_the_codes_that_it_has() -> None:
    """A read ends with 0 or 2; what writes, or finds fault, also with 1. Both are shown above.

    That all of them end with 2 when AWS does not serve, and with 130 when they are interrupted,
    is shown where calls fail.
    """
    for line in commands():
        if str(line) == "check-product":
            continue  # That is shown on a stack, which moto has none of: tests/e2e.
        shown = {case.code for case in CASES if f"{case.line} ".startswith(f"{line} ")}
        finds_fault = str(line) in {"balance", "status"}
        assert shown - {2} == ({0, 1} if line.asks or finds_fault else {0}), line


def test_help_and_readme_tell_them() -> None:
    flat = " ".join(EXIT_CODES.split())
    for words in ((), ("balance",), ("rejected", "mend"), ("explain",)):
        said = CliRunner().invoke(app, [*words, "--help"]).stdout
        assert flat in " ".join(said.split())
    for told in flat.removeprefix("Exit codes: ").rstrip(".").split("; "):
        code, _, meaning = told.partition(" ")
        assert f"| {code} | {meaning} |" in README


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("rejected list --json", "Reading"),
        ("rejected resend EVENT", "Reading messages: 1"),
        ("balance --json", "Reading hours"),
        ("unfinished --json", "Reading"),
        ("subscriptions list --json", "Reading"),
        (f"redrive {RECORD} --yes --json", "f is at work"),
        ("announce --yes --json", "Subscriptions told of: 0"),
        ("statement --json", "Reading subscriptions"),
    ],
)
def test_a_terminal_sees_that_its_user_waits_and_a_pipe_does_not(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, line: str, seen: str
) -> None:
    lay_out(deployment)
    deployment.functions.answer = {"redriven": {RECORD: "redriven"}}
    _, _, quiet = deployment.run_apart(line, NO)
    assert seen not in quiet

    terminal = Console(stderr=True, force_terminal=True, force_interactive=True)
    monkeypatch.setattr(showing, "_WAITING", terminal)
    _, shown, noise = deployment.run_apart(line, NO)

    assert seen in noise
    assert shown
    assert "\x1b" not in shown
