"""`serve --state FILE` as a process of its own: stopped, killed, and started twice."""

import signal
import subprocess
from pathlib import Path

from marketplace_sandbox.client import SandboxClient
from tests.served.serving import COMMAND, serving

STOP_SECONDS_MAX = 30


def listed(sandbox: SandboxClient) -> list[str]:
    return [product["product_code"] for product in sandbox.list_products()["products"]]


def test_what_a_sandbox_knows_survives_being_stopped_and_being_killed(tmp_path: Path) -> None:
    options = ("--port", "0", "--state", str(tmp_path / "sandbox.json"))
    with serving(*options) as (process, url), SandboxClient(url) as sandbox:
        sandbox.list_product("Atlas", ["api_calls"], product_code="atlas")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=STOP_SECONDS_MAX)
        assert "Traceback" not in errors
    with serving(*options) as (process, url), SandboxClient(url) as sandbox:
        assert listed(sandbox) == ["atlas"]
        sandbox.list_product("Borealis", ["api_calls"], product_code="borealis")
        sandbox.save()
        process.kill()
        process.wait(STOP_SECONDS_MAX)
    with serving(*options) as (_, url), SandboxClient(url) as sandbox:
        assert listed(sandbox) == ["atlas", "borealis"]


def test_a_second_sandbox_on_the_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.json"
    with serving("--port", "0", "--state", str(path)):
        second = subprocess.run(
            [*COMMAND, "serve", "--port", "0", "--state", str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert second.returncode == 1
    assert f"another sandbox uses {path}" in second.stderr.replace("\n", " ")
    assert "Traceback" not in second.stderr
