"""A command of `python -m operations` as its user sees it: output and exit code."""

import json
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from operations.__main__ import app


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of the command showed."""

    exit_code: int
    output: str
    errors: str

    def document(self) -> dict[str, Any]:
        """Return the JSON document that was printed."""
        found: dict[str, Any] = json.loads(self.output)
        return found

    def faults(self) -> set[tuple[str, str]]:
        """Return the subject and kind of every fault."""
        return {*self.details()}

    def details(self) -> dict[tuple[str, str], str]:
        """Return what is said of every fault, by its subject and kind."""
        document = self.document()
        faults = [*document["faults"]]
        for meter in document["meters"]:
            faults += meter["faults"]
        return {(fault["subject"], fault["kind"]): fault["detail"] for fault in faults}


class Command:
    """A command, `balance` if no other is named, with some options already given."""

    def __init__(self, *options: str, name: str = "balance", group: str | None = None) -> None:
        self._options = options
        self._words = [name] if group is None else [group, name]

    def other(self, name: str) -> "Command":
        """Return another command with the same options."""
        return Command(*self._options, name=name)

    def part(self, group: str, name: str) -> "Command":
        """Return a command of a group, with the same options."""
        return Command(*self._options, name=name, group=group)

    def __call__(self, *options: str) -> Outcome:
        """Run it."""
        result = CliRunner().invoke(app, [*self._words, *self._options, *options])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def check(self, *options: str) -> Outcome:
        """Run it for a script."""
        return self("--json", *options)
