"""Lines on an output for which no call ever waits."""

import os
import select
import threading
from typing import TextIO

# A reader may stand still: a paused terminal, or a program that read the first line only.
LINES_WAITING_MAX = 10_000
_LAST_LINES_SECONDS_MAX = 1.0
_LINE_LENGTH_MAX = 500


class LineWriter:
    """Writes lines from a thread of its own, in the order in which they were told.

    What nobody reads is left out, and counted; where the output is closed, nothing is written any
    more. Nothing is written before `start`.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._left_out = 0
        self._is_closing = False
        self._thread: threading.Thread | None = None

    def start(self, output: TextIO | None) -> None:
        """Begin to write, behind what was printed so far; without an output there is nobody."""
        if output is None:
            return
        # Not through the output's own methods: its lock, held by a thread that waits for a reader,
        # would keep the process from ending.
        self._thread = threading.Thread(
            target=self._write_all,
            args=(output.fileno(), output.encoding),
            name="lines",
            daemon=True,
        )
        self._thread.start()

    def tell(self, line: str) -> None:
        """Have a line written, without anything in it that could steer a terminal."""
        shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
        with self._changed:
            if len(self._waiting) < LINES_WAITING_MAX:
                self._waiting.append(shown[:_LINE_LENGTH_MAX])
                self._changed.notify()
            else:
                self._left_out += 1

    def close(self) -> None:
        """Write what waits, if somebody reads it, and end."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_LAST_LINES_SECONDS_MAX)

    def _write_all(self, descriptor: int, encoding: str) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closing)
                lines, self._waiting = self._waiting, []
                if self._left_out:
                    lines.append(f"sandbox: {self._left_out} lines are left out: nobody read them")
                    self._left_out = 0
            if not lines:
                return
            text = memoryview("".join(f"{line}\n" for line in lines).encode(encoding, "replace"))
            try:
                while text:
                    select.select((), (descriptor,), ())  # who shares it may have made it not wait
                    text = text[os.write(descriptor, text) :]
            except OSError:  # whoever read is gone
                return
