"""The demo as a person runs it."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.stack.layout import StackFiles
from local.stack.lifecycle import read_status
from tests.e2e.running_stack import REPOSITORY, run_module

pytestmark = pytest.mark.stack

OK = re.compile(
    r"demo: OK: 790 events, ([0-9.]+) units sent, ([0-9.]+) units billed, 0 lost, 0 billed twice; "
    r"last hours billed by AWS's events alone: leaving-1 65 events [0-9.]+ units, "
    r"renewing-1 90 events [0-9.]+ units; "
    r"first known by them: early-1 24 events [0-9.]+ units, "
    r"renewing-1 renewed 11 events [0-9.]+ units"
)
# Why the demo is believed when it says that nobody but AWS told of somebody.
KNOWN_EARLY = "  early-1, by events alone: active, may use the product, never registered"
METERED = re.compile(r"  leaving-1: last closed hour METERED [0-9.]+ s after AWS's word")


def test_the_demo_bills_every_unit_once_and_shows_what_was_rejected(tmp_path: Path) -> None:
    demo = run_module("local.demo", "--seed", "7", "--directory", str(tmp_path))
    assert demo.returncode == 0, demo.stdout + demo.stderr
    lines = demo.stdout.splitlines()
    ending = OK.fullmatch(lines[-1])
    assert ending, lines[-1]
    assert ending[1] == ending[2]
    assert "`make console` serves Meterhouse's" in lines[-2]
    assert KNOWN_EARLY in lines
    assert any(METERED.fullmatch(line) for line in lines)
    assert "not_json" in demo.stdout
    assert "InvalidUsageDimensionException" in demo.stdout
    table = [line for line in lines if "search-1" in line or "reports-1" in line]
    assert all(len(line) <= 80 for line in table if "arn:" not in line)
    assert "\x1b" not in demo.stdout
    assert read_status(StackFiles(tmp_path)).running == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["Starting", "Selling"])
def test_an_interrupted_demo_leaves_nothing_running(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    files = StackFiles(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "local.demo", "--directory", str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        printed = ""
        while moment not in printed:
            printed = demo.stdout.readline()
            assert printed, "the demo ended before the moment of the interrupt"
        while not (running := read_status(files).running):
            assert demo.poll() is None, "the demo ended before anything ran"
            time.sleep(0.05)
        demo.send_signal(number)
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert rest.splitlines()[-1].startswith("demo: FAILED: interrupted")
    assert not any(process.is_running() for process in running.values())
    assert read_status(files).running == {}
