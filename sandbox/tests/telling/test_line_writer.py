"""The writer of lines: nobody waits for who reads them, and nothing is left out in silence."""

import os
import threading
from collections.abc import Iterator
from typing import TextIO

import pytest

from marketplace_sandbox.telling.line_writer import LINES_WAITING_MAX, LineWriter

_SECONDS_MAX = 30


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, TextIO]]:
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing, "w", encoding="ascii") as output:
        yield reader, output


def test_lines_come_in_order_and_all_of_them_before_it_ends(pipe: tuple[TextIO, TextIO]) -> None:
    reader, output = pipe
    writer = LineWriter()
    writer.tell("told before it began")
    writer.start(output)
    writer.tell("ä and \x1b[2J steer nobody")
    writer.close()
    output.close()
    assert reader.read() == "told before it began\n? and ?[2J steer nobody\n"


def test_an_output_that_takes_a_part_at_a_time_gets_all(pipe: tuple[TextIO, TextIO]) -> None:
    reader, output = pipe
    os.set_blocking(output.fileno(), False)
    writer = LineWriter()
    writer.start(output)
    for _ in range(1000):
        writer.tell("x" * 400)
    got: list[str] = []
    reading = threading.Thread(
        target=lambda: got.extend(reader.readline() for _ in range(1000)), daemon=True
    )
    reading.start()
    reading.join(_SECONDS_MAX)  # a line that never came would be waited for
    assert got == ["x" * 400 + "\n"] * 1000
    writer.close()


def test_what_finds_no_room_is_counted(pipe: tuple[TextIO, TextIO]) -> None:
    reader, output = pipe
    writer = LineWriter()
    for number in range(LINES_WAITING_MAX + 5):
        writer.tell(str(number))
    writer.start(output)
    told = [reader.readline() for _ in range(LINES_WAITING_MAX + 1)]
    assert told[-2:] == [
        f"{LINES_WAITING_MAX - 1}\n",
        "sandbox: 5 lines are left out: nobody read them\n",
    ]
    writer.close()


def test_a_reader_who_left_ends_it_without_a_word(pipe: tuple[TextIO, TextIO]) -> None:
    reader, output = pipe
    reader.close()
    writer = LineWriter()
    writer.start(output)
    for _ in range(3):
        writer.tell("to nobody")
    writer.close()


def test_it_may_end_before_it_began() -> None:
    LineWriter().close()


def test_a_process_without_an_output_tells_nobody() -> None:
    writer = LineWriter()
    writer.start(None)  # what sys.stdout is when the descriptor was closed
    writer.tell("to nobody")
    writer.close()
