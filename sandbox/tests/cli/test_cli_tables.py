"""Tables at any width of the terminal: no word is cut, and nothing is wider than the terminal."""

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from marketplace_sandbox.cli.tables import print_records

WORDS = st.text("x", min_size=1, max_size=40)
PROSE = st.lists(WORDS, max_size=6).map(" ".join)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[dict[str, str]], list[tuple[str, str]], set[str]]:
    """Draw records, their columns, and which of these hold prose."""
    names = [f"column {number}" for number in range(draw(st.integers(1, 8)))]
    prose = {name for name in names if draw(st.booleans())}
    cells = st.fixed_dictionaries({name: PROSE if name in prose else WORDS for name in names})
    records: list[dict[str, str]] = draw(st.lists(cells, min_size=1, max_size=4))
    return records, [(name, name) for name in names], prose


@given(tables(), st.integers(60, 300))
def test_no_word_is_cut_and_nothing_is_wider_than_the_terminal(
    table: tuple[list[dict[str, str]], list[tuple[str, str]], set[str]], width: int
) -> None:
    records, columns, prose = table
    shown = StringIO()
    console = Console(file=shown, width=width, force_terminal=True, color_system=None)
    print_records(console, records, columns, prose)
    text = shown.getvalue()
    words = [word for one in records for cell in one.values() for word in cell.split()]
    assert [word for word in words if word not in text.split()] == []
    assert max(len(line) for line in text.splitlines()) <= width


def test_in_a_pipe_a_table_is_as_wide_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [(name, name) for name in "abcdefghij"]
    shown = StringIO()
    print_records(
        Console(file=shown, width=240), [dict.fromkeys("abcdefghij", "x" * 40)], columns, ()
    )
    assert shown.getvalue().split()[-10:] == ["x" * 40] * 10
    assert capsys.readouterr().err == ""
