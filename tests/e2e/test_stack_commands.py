"""`up`, `down` and `status` as a person types them."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.stack.addresses import read_addresses
from local.stack.layout import StackFiles
from local.stack.lifecycle import read_status
from local.stack.ports import StackPorts, free_port, read_ports, write_ports
from operations.console.command import PORT_DEFAULT
from tests.e2e.running_stack import run_module

pytestmark = pytest.mark.stack


def test_a_stack_comes_up_once_and_goes_down_without_a_trace(tmp_path: Path) -> None:
    files = StackFiles(tmp_path)
    where = ("--directory", str(tmp_path))
    before = StackPorts(free_port(), free_port())
    write_ports(before, files.ports)
    same = ("--parameter", "SettleMinutes=20", "--port", str(before.emulator))
    up = run_module("local.stack", "up", *where, *same)
    assert up.returncode == 0, up.stdout + up.stderr
    addresses = read_addresses(files.addresses)
    assert addresses.aws_endpoint_url == f"http://127.0.0.1:{before.emulator}"
    assert addresses.sandbox_url == f"http://127.0.0.1:{before.sandbox}"
    assert f"the sandbox's console, and what AWS would bill: {addresses.sandbox_url}\n" in up.stdout
    assert f"`make console` serves it at http://127.0.0.1:{PORT_DEFAULT}\n" in up.stdout
    status = read_status(files)

    again = run_module("local.stack", "up", *where)
    assert again.returncode == 0
    assert "already up" in again.stdout
    assert read_addresses(files.addresses) == addresses
    assert run_module("local.stack", "up", *where, *same).returncode == 0
    for option, value in (("--parameter", "SettleMinutes=5"), ("--sandbox-port", str(free_port()))):
        other = run_module("local.stack", "up", *where, option, value)
        assert other.returncode == 1
        assert f"already up, without {option} {value}: run `make down` first" in other.stderr
    assert read_status(files).running == status.running
    assert run_module("local.stack", "status", *where).returncode == 0

    down = run_module("local.stack", "down", *where)
    assert down.returncode == 0
    assert not any(process.is_running() for process in status.running.values())
    assert not files.addresses.exists()
    assert read_ports(files.ports) == before
    assert not files.temporary.exists()
    assert "reconciled" in files.functions_log.read_text()
    assert run_module("local.stack", "status", *where).returncode == 1
    assert "nothing was running" in run_module("local.stack", "down", *where).stdout


def test_down_leaves_a_stranger_alone_whose_pid_stands_in_a_stale_file(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        pid_file = StackFiles(tmp_path).pid_file("ministack")
        pid_file.write_text(json.dumps({"pid": stranger.pid, "started": "long ago"}))
        run_module("local.stack", "down", "--directory", str(tmp_path))
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--template", "absent.yaml"), "make build"),
        (("--parameter", "Nonsense=1"), "no parameter Nonsense"),
        (("--parameter", "Nonsense"), "Name=Value"),
    ],
)
def test_a_stack_that_cannot_start_says_why_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    up = run_module("local.stack", "up", "--directory", str(tmp_path), *arguments)
    assert up.returncode == 1
    assert reason in up.stderr
    assert read_status(StackFiles(tmp_path)).running == {}


def test_a_taken_port_fails_the_start_and_stops_what_was_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        up = run_module("local.stack", "up", "--directory", str(tmp_path), "--port", port)
    assert up.returncode == 1
    assert f"port {port} is taken" in up.stderr
    assert read_status(StackFiles(tmp_path)).running == {}
