"""`python -m sandbox.marketplace serve` as a process of its own."""

import signal
import socket
import subprocess

import httpx
import pytest

from tests.unit.sandbox.serving import COMMAND, serving


def test_it_says_where_it_listens_once_it_is_ready() -> None:
    with serving() as (_, url):
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{url}/_sandbox/health").status_code == 200
        page = httpx.get(url)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "what AWS would bill" in page.text


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
