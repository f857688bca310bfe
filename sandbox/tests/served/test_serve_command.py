"""`python -m marketplace_sandbox serve` as a process of its own."""

import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from marketplace_sandbox.client import SandboxClient
from tests.served.serving import COMMAND, serving


def test_it_says_where_it_listens_once_it_is_ready() -> None:
    with serving() as (_, url):
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{url}/_sandbox/health").status_code == 200
        page = httpx.get(url)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "<title>" in page.text


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_told(stop: signal.Signals) -> None:
    with serving() as (process, url):
        with httpx.Client(base_url=url) as client:
            client.get("/_sandbox/health")  # leaves an open connection
            process.send_signal(stop)
            _, errors = process.communicate(timeout=10)
        assert "Traceback" not in errors
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/_sandbox/health")


def read_to_the_end(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=30)
    assert errors == "sandbox: stopped\n"
    return said


def test_a_line_tells_of_each_call() -> None:
    with serving() as (process, url):
        httpx.get(f"{url}/_sandbox/products/nothing")
        httpx.post(url, headers={"x-amz-target": "AWSMPMeteringService.MeterUsage"}, content="[]")
        told = read_to_the_end(process).splitlines()
    assert [line[9:] for line in told] == [
        "GET /_sandbox/products/nothing: 404 ProductNotFound: there is no product nothing",
        "MeterUsage: 400 SerializationException: The body is not a JSON object.",
    ]


def test_a_quiet_one_tells_nothing() -> None:
    with serving("--quiet") as (process, url):
        httpx.get(f"{url}/_sandbox/products/nothing")
        assert read_to_the_end(process) == ""


def test_calls_are_answered_though_nobody_reads_of_them() -> None:
    """A program that started it may read the first line only; a pipe holds 64 KiB on Linux."""
    address = f"/_sandbox/{'x' * 450}"
    with serving() as (process, url), httpx.Client(base_url=url) as client:
        assert {client.get(address).status_code for _ in range(300)} == {404}
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def test_a_taken_port_is_named_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [*COMMAND, "serve", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert result.returncode == 1
    assert f"sandbox: cannot listen on 127.0.0.1:{port}: " in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_command_it_explains_itself() -> None:
    result = subprocess.run(COMMAND, capture_output=True, text=True, timeout=30, check=False)
    assert "serve" in result.stdout + result.stderr


def refused(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "serve", "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_it_starts_frozen_and_reads_aws_as_told() -> None:
    readings = ("--reading", "documented", "--reading", "usage_age=6h")
    options = ("--frozen-at", "2026-11-30T23:30:00Z", *readings)
    with serving(*options) as (_, url), SandboxClient(url) as client:
        clock = client.show_clock()
        assert (clock["now"], clock["is_frozen"]) == ("2026-11-30T23:30:00Z", True)
        switches = client.list_switches()["switches"]
        read_as = {one["name"]: one["reading"] for one in switches}
        assert (read_as["usage_age"], read_as["event_license_arn"]) == ("6h", "without_prefix")


def test_what_it_was_told_survives_in_its_file(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "sandbox.json"))
    with serving(*state) as (process, url), SandboxClient(url) as client:
        client.list_product("Atlas", ["calls"], product_code="atlas")
        assert client.save()["path"] == state[1]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    with serving(*state) as (_, url), SandboxClient(url) as client:
        assert client.show_product("atlas")["title"] == "Atlas"
        second = refused(*state)
    assert second.returncode == 1
    assert second.stderr.startswith("sandbox: another sandbox uses ")


def test_a_seed_is_for_a_sandbox_that_sells_nothing_yet(tmp_path: Path) -> None:
    state, seed = tmp_path / "sandbox.json", tmp_path / "shop.yaml"
    seed.write_text("products: [{title: Atlas, code: atlas, dimensions: [calls]}]")
    options = ("--state", str(state), "--seed", str(seed))
    with serving(*options) as (process, url), SandboxClient(url) as client:
        assert client.show_product("atlas")["title"] == "Atlas"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    with serving(*options) as (process, url), SandboxClient(url) as client:
        assert len(client.list_products()["products"]) == 1
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert errors.startswith(f"sandbox: {state} has products already: {seed} is left out\n")


def test_a_seed_that_cannot_be_carried_out_leaves_nothing_behind(tmp_path: Path) -> None:
    state, seed = tmp_path / "sandbox.json", tmp_path / "shop.yaml"
    product = "{title: Atlas, code: atlas, dimensions: [calls]}"
    seed.write_text(f"products: [{product}, {product}]")
    done = refused("--state", str(state), "--seed", str(seed))
    assert done.returncode == 1
    assert done.stderr.startswith(f"sandbox: cannot start from {seed}: products.1: ")
    assert "Traceback" not in done.stderr
    assert not state.exists()


def test_listening_beyond_this_machine_is_warned_of() -> None:
    with serving("--host", "0.0.0.0") as (process, url):  # noqa: S104 - the point of this test
        port = url.rpartition(":")[2]
        allowed = httpx.get(f"http://127.0.0.1:{port}/_sandbox/health")
        assert allowed.status_code == 200
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert "may be reached from other machines" in errors


def test_a_name_that_was_allowed_is_served() -> None:
    headers = {"host": "Sandbox.Internal:8901"}
    with serving("--allow-host", "sandbox.internal") as (_, url):
        assert httpx.get(f"{url}/_sandbox/health", headers=headers).status_code == 200
