"""The programs that the README shows, word for word but for the address, in Python and in Node."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.server import serve_beside
from tests.e2e.clients.javascript import NODE, PACKAGES, RUN_SECONDS_MAX
from tests.typed_pages import README, code_under

ADDRESS = "http://127.0.0.1:8901"
LINES_MAX = 25  # about twenty: who tries it out reads it whole


class Stage:
    """A sandbox that is served, and a folder in which programs are written and run."""

    def __init__(self, url: str, marketplace: HostedMarketplace, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self.desks = marketplace.desks

    def run(self, heading: str, name: str, interpreter: Path | str) -> str:
        text = code_under(README, heading)
        assert text.count(ADDRESS) == 1
        assert len(text.splitlines()) <= LINES_MAX
        program = self._folder / name
        program.write_text(text.replace(ADDRESS, self._url))
        done = subprocess.run(
            [interpreter, program],
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder)},
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    marketplace = HostedMarketplace()
    with serve_beside(marketplace) as url:
        yield Stage(url, marketplace, tmp_path)


def check(stage: Stage, said: str) -> None:
    (product,) = stage.desks.catalogue.products()
    assert said == f"{product.product_code} api_calls 1200\n"
    (line,) = stage.desks.bill.bill()
    assert int(line.quantity) == 1200
    outcomes = [f"{one.operation} {one.outcome}" for one in stage.desks.calls.calls()]
    assert outcomes == [
        "ResolveCustomer ThrottlingException",
        "ResolveCustomer Success",
        "BatchMeterUsage Success",
    ]


def test_the_program_in_python_does_what_it_says(stage: Stage) -> None:
    check(stage, stage.run("From Python, over HTTP", "atlas.py", sys.executable))


def test_the_program_in_node_does_what_it_says(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    check(stage, stage.run("From Node, over HTTP", "atlas.mjs", NODE))
