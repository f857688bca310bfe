"""Measure cold starts under AWS's Runtime Interface Emulator: `make measure-start`.

Each round starts every function anew in each arrangement: as it is built here, as a commit built
it (`--against`), and the usual way, with byte code as ours and without, as SAM's own builder leaves
it. A start is the import of the handler's module and its first call, which talks to an AWS on the
loopback that answers at once, by TLS as AWS does. What the runtime takes before is the same for
all, and left out. Time is the processor's, and the least of all rounds, which other work on the
machine disturbs least; on Lambda a function with less than one processor takes so much longer.
"""

import compileall
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.artefact import BUILT, REPOSITORY, SOURCES, TOOLS, emulated_runtime, invoke
from bench.canned_aws import CannedAws, canned_aws
from bench.deployment import access_environment

ROUNDS = 9
LAYERS = ("MeterhouseLayer/python", "DependenciesLayer/python")
EVENTS = {
    "RegisterCustomerFunction": "register-token.json",
    "TrackAgreementsFunction": "agreement-events.json",
    "SweepAgreementsFunction": "reconcile-schedule.json",
    "AnnounceChangesFunction": "subscription-changes.json",
    "ServeSellerApiFunction": "api-request.json",
    "DrainUsageFunction": "usage-messages.json",
    "ReconcileUsageFunction": "reconcile-schedule.json",
}
COUNTED = ("modules", "calls of AWS")
OURS, USUAL, UNCOMPILED = "ours", "usual way", "usual way, no byte code"
# Stands before the function, and tells what it took.
STOPWATCH = """
import sys
import time
before = len(sys.modules)
began = time.process_time()
import app
imported = time.process_time()
modules = len(sys.modules) - before

def lambda_handler(event, context):
    called = time.process_time()
    answer = app.lambda_handler(event, context)
    done = time.process_time()
    return {
        "import": imported - began, "call": done - called, "modules": modules, "answer": answer
    }
"""

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class Start:
    """What one cold start took in seconds, and what it asked of AWS."""

    imported: float
    called: float
    modules: int
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One way to do the work of functions: where each one's handler is, and what it imports."""

    name: str
    handlers: Mapping[str, Path]
    libraries: tuple[Path, ...]


def built(name: str, folder: Path) -> Arrangement:
    """Return what `sam build` made in a folder: an older commit may have fewer functions."""
    handlers = {one: folder / one for one in EVENTS if (folder / one).exists()}
    return Arrangement(name, handlers, tuple(folder / layer for layer in LAYERS))


def usual(folder: Path, *, has_byte_code: bool) -> Arrangement:
    """Copy the usual way's handlers and libraries to a folder, compiled or not."""
    (installed,) = TOOLS.glob("usual/lib/python*/site-packages")
    libraries = folder / "libraries"
    shutil.copytree(installed, libraries, ignore=shutil.ignore_patterns("__pycache__"))
    if has_byte_code:
        mode = PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(libraries, quiet=2, invalidation_mode=mode)
    handlers = {}
    for function in EVENTS:
        handlers[function] = folder / function
        handlers[function].mkdir()
        source = REPOSITORY / "bench" / "usual" / f"{SOURCES[function].name}.py"
        shutil.copy(source, handlers[function] / "app.py")
    return Arrangement(USUAL if has_byte_code else UNCOMPILED, handlers, (libraries,))


def build_commit(commit: str, folder: Path) -> Arrangement:
    """Build the application as it was at a commit."""
    sources = folder / "sources"
    sources.mkdir()
    packed = subprocess.run(["git", "archive", commit], stdout=subprocess.PIPE, check=True).stdout  # noqa: S603, S607
    subprocess.run(["tar", "-x", "-C", sources], input=packed, check=True)  # noqa: S603, S607
    sam = [str(TOOLS / "sam/bin/sam"), "build", "--build-dir", str(folder / "build")]
    variables = {**os.environ, "MAKEFLAGS": ""}
    subprocess.run(sam, cwd=sources, env=variables, capture_output=True, check=True)  # noqa: S603
    return built(f"ours at {commit}", folder / "build")


@contextmanager
def arrangements(against: str | None) -> Iterator[list[Arrangement]]:
    """Prepare all arrangements in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / part for part in ("usual", "uncompiled", "against")]
        for folder in folders:
            folder.mkdir()
        found = [built(OURS, BUILT)]
        if against is not None:
            found.append(build_commit(against, folders[2]))
        found.append(usual(folders[0], has_byte_code=True))
        found.append(usual(folders[1], has_byte_code=False))
        yield found


def event_of(function: str) -> dict[str, Any]:
    """Return what a function is called with: of a queue's messages one, with one event of now."""
    event: dict[str, Any] = json.loads((REPOSITORY / "events" / EVENTS[function]).read_text())
    records = event.get("Records", [])
    del records[1:]
    for message in records:
        if "body" in message:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            message["body"] = json.dumps({**json.loads(message["body"]), "time": now})
    return event


def start(function: str, arrangement: Arrangement, aws: CannedAws) -> Start:
    """Start a function and call it once; raises ValueError if it did not do its work."""
    with tempfile.TemporaryDirectory() as name:
        task = Path(name)
        (task / "stopwatch.py").write_text(STOPWATCH)
        path = [task, arrangement.handlers[function], *arrangement.libraries]
        access = access_environment(aws.url, aws.url)
        variables = {**access, "AWS_CA_BUNDLE": str(aws.authorities)}
        aws.operations.clear()
        with emulated_runtime(
            function, path, handler="stopwatch.lambda_handler", variables=variables
        ) as url:
            told = invoke(url, json.dumps(event_of(function)))
    if "answer" not in told or not _is_done(told["answer"]) or not aws.operations:
        raise ValueError(f"{function}, {arrangement.name}: {json.dumps(told)[:2_000]}")
    return Start(told["import"], told["call"], told["modules"], tuple(aws.operations))


def _is_done(answer: Mapping[str, object]) -> bool:
    is_cut = answer.get("batchItemFailures") or answer.get("left")
    return not is_cut and answer.get("statusCode", 200) == 200  # noqa: PLR2004


def table_of(starts: Mapping[tuple[str, str], list[Start]]) -> Table:
    """Return the least of each time, and how many times ours it is."""
    table = Table(title="cold start in milliseconds of one processor, and how many times ours")
    for heading in ("function", "", "import", "", "first call", "", "both", "", *COUNTED):
        table.add_column(heading, justify="right" if heading != "function" else "left")
    for (function, name), measured in starts.items():
        ours, these = (_least(one) for one in (starts[function, OURS], measured))
        cells = [
            cell
            for one, our in zip(these, ours, strict=True)
            for cell in (f"{one * 1_000:.0f}", f"{one / our:.2f}")
        ]
        table.add_row(SOURCES[function].name, name, *cells, *_counted(measured[0]))
    return table


def _least(starts: list[Start]) -> tuple[float, float, float]:
    return (
        min(one.imported for one in starts),
        min(one.called for one in starts),
        min(one.imported + one.called for one in starts),
    )


def _counted(start: Start) -> tuple[str, str]:
    return str(start.modules), str(len(start.operations))


@app.command()
def main(
    *,
    against: Annotated[str | None, typer.Option(help="A commit to build and set beside.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is started.")] = ROUNDS,
) -> None:
    """Start every function in every arrangement, alternately, and print the least times."""
    starts: dict[tuple[str, str], list[Start]] = {}
    with arrangements(against) as ways, canned_aws() as aws:
        for _ in range(rounds):
            for function in EVENTS:
                for way in (one for one in ways if function in one.handlers):
                    starts.setdefault((function, way.name), []).append(start(function, way, aws))
    Console(width=120).print(table_of(starts))


if __name__ == "__main__":
    app()
