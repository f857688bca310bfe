"""What the `sandbox` command says when it cannot do what it is told."""

from collections.abc import Iterator

import pytest

from marketplace_sandbox.server import serve_beside
from tests.builders import Shop
from tests.typing_commands import NOWHERE, Terminal, registration_page


@pytest.fixture
def terminal(shop: Shop) -> Iterator[Terminal]:
    with serve_beside(shop.marketplace) as url:
        yield Terminal(url)


def test_an_id_of_odd_characters_is_still_an_id(terminal: Terminal) -> None:
    for odd in ("a?b", "a#b", "a b", "ä", "%2e"):
        result = terminal.type("buyer", "show", odd)
        assert (result.exit_code, result.stderr) == (1, f"sandbox: there is no agreement {odd}\n")


def test_the_address_may_be_an_option(shop: Shop) -> None:
    nowhere = Terminal(NOWHERE)
    with serve_beside(shop.marketplace) as url:
        assert "2026-11-22" in nowhere.read("clock", "show", "--url", url)
    assert nowhere.type("clock", "show", "--url", "nonsense").exit_code == 1


def test_a_refusal_is_one_sentence_on_stderr(terminal: Terminal) -> None:
    result = terminal.type("buyer", "show", "agmt-none", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "sandbox: there is no agreement agmt-none\n"


@pytest.mark.parametrize(
    "words",
    [
        ("clock", "advance", "soon"),
        ("product", "add"),
        ("product", "add", "V", "--dimension", "d", "--mode", "none"),
        ("offer", "make", "licensed", "--grant", "seats"),
        ("offer", "make", "licensed", "--trial", "36h"),
        ("fault", "add", "fire"),
        ("nonsense",),
        ("serve", "--port", "70000"),
        ("serve", "--port", "0", "--metering-calls-per-second", "-1"),
        ("serve", "--port", "0", "--reading", "usage_age=9h"),
        ("serve", "--port", "0", "--reading", "nothing"),
        ("serve", "--port", "0", "--frozen-at", "yesterday"),
        ("serve", "--port", "0", "--frozen-at", "2026-11-30T23:30:00"),
    ],
    ids=str,
)
def test_a_wrong_command_line_ends_with_2(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal.type(*words).exit_code == 2


def test_where_nothing_listens_it_says_how_to_start_one() -> None:
    result = Terminal(NOWHERE).type("clock", "show")
    assert result.exit_code == 1
    assert result.stderr == (
        "sandbox: nothing answers at http://127.0.0.1:9; start a sandbox with: sandbox serve\n"
    )


def test_what_is_no_sandbox_is_called_so() -> None:
    with registration_page() as (page, _):
        result = Terminal(page).type("clock", "show")
    assert result.exit_code == 1
    assert "this is no sandbox" in result.stderr


def test_each_command_explains_itself() -> None:
    terminal = Terminal(NOWHERE)
    for words in ((), ("product",), ("buyer",), ("bill",), ("event",), ("event", "target")):
        assert "--help" in terminal.read(*words, "--help")
