"""`sandbox call list --follow`: calls as they come, one a line, until Ctrl-C."""

import contextlib
import json
import signal
import subprocess
import threading
from collections.abc import Iterator

import pytest

from marketplace_sandbox.server import serve_beside
from tests.builders import ACCOUNT, Shop
from tests.served.serving import COMMAND
from tests.typing_commands import Terminal

_SECONDS_MAX = 60
METERED = "BatchMeterUsage 1 record of licensed for {account}: 1 {status}"


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with serve_beside(shop.marketplace) as url:
        yield url


@contextlib.contextmanager
def following(url: str, *options: str) -> Iterator["Follower"]:
    with subprocess.Popen(
        [*COMMAND, "call", "list", "--follow", "--url", url, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        given_up = threading.Timer(_SECONDS_MAX, process.kill)  # lest a fault waits for ever
        given_up.start()
        try:
            yield Follower(process)
        finally:
            given_up.cancel()
            process.kill()


class Follower:
    """Reads what is printed, line by line, and presses Ctrl-C."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def interrupt(self) -> tuple[int, str]:
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        _, errors = self._process.communicate()
        return self._process.returncode, errors


def metered(shop: Shop, quantity: int) -> None:
    shop.meter(shop.licensed_record(Quantity=quantity))


def test_calls_are_printed_as_they_come_until_ctrl_c(shop: Shop, url: str) -> None:
    metered(shop, 5)
    with following(url) as follower:
        first = follower.read()
        metered(shop, 6)
        second = follower.read()
        ended = follower.interrupt()
    at = "2026-11-22T12:00:00Z "
    assert first == at + METERED.format(account=ACCOUNT, status="Success")
    assert second == at + METERED.format(account=ACCOUNT, status="DuplicateRecord")
    assert ended == (0, "")


def test_what_is_followed_may_be_chosen_and_be_for_programs(shop: Shop, url: str) -> None:
    metered(shop, 5)
    with following(url, "--outcome", "DuplicateRecord", "--json") as follower:
        for quantity in (5, 6, 7):
            metered(shop, quantity)
        told = [json.loads(follower.read()) for _ in range(2)]
    assert [one["sequence"] for one in told] == [3, 4]


def test_a_reset_does_not_end_it(shop: Shop, url: str) -> None:
    for quantity in (5, 6, 7):
        metered(shop, quantity)
    with following(url, "--json") as follower:
        before = [json.loads(follower.read())["sequence"] for _ in range(3)]
        shop.marketplace.reset()
        shop.marketplace.answer("AWSMPMeteringService.Nothing", b"{}")
        after = json.loads(follower.read())
    assert before == [1, 2, 3]
    assert (after["sequence"], after["operation"]) == (1, "Nothing")


def test_where_the_sandbox_goes_away_it_says_so(shop: Shop) -> None:
    metered(shop, 5)
    with contextlib.ExitStack() as served:
        url = served.enter_context(serve_beside(shop.marketplace))
        with following(url) as follower:
            follower.read()
            served.close()
            code, errors = follower.wait()
    assert code == 1
    assert errors.startswith(f"sandbox: nothing answers at {url}; start a sandbox")


def test_the_list_says_what_became_of_records(shop: Shop, url: str) -> None:
    metered(shop, 5)
    shop.meter(shop.licensed_record(), shop.licensed_record(Quantity=6))
    listed = Terminal(url).read("call", "list")
    assert "1 Success, 1 DuplicateRecord" in listed
