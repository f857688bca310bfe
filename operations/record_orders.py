"""What operators say of records by their names: how it is typed, sent, and answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.operator_commands import DONE
from meterhouse.domain.records.settlement import Operator
from operations.answers import Answer
from operations.reconcile_function import ReconcileFunction

type Command = Mapping[str, list[dict[str, str]]]
"""What is sent to the function: under the command's name an entry for each record."""


def read_record_name(name: str) -> str:
    """Check what an operator typed; raises BadParameter with what to type."""
    try:
        return str(RecordKey.parse(name))
    except ValueError as error:
        raise typer.BadParameter(
            f"{name!a} names no record: name it as log lines do, in quotes, such as "
            "'license#l-0123…|api_calls|2026-11-22T18'"
        ) from error


RecordNames = Annotated[
    list[str],
    typer.Argument(
        parser=read_record_name,
        metavar="RECORD…",
        help="Records, named as in log lines, in quotes.",
    ),
]
ByWhom = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who decided it, beside the caller that AWS knows."),
]
_REASON = typer.Option("--reason", help="Why, in your words, for who asks later.")
Why = Annotated[str, _REASON]
WhyIfTold = Annotated[str | None, _REASON]


@dataclass(frozen=True, slots=True)
class AnsweredRecord:
    """A record that was named, and what came of it."""

    record: str
    answer: str

    @property
    def is_done(self) -> bool:
        """Whether what was said of it is done, or was before."""
        return self.answer in DONE.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswer(Answer):
    """What became of each record that was named."""

    records: tuple[AnsweredRecord, ...]

    @property
    def is_done(self) -> bool:
        """Whether what was said of all of them is done."""
        return all(one.is_done for one in self.records)


def command_of(
    name: str, records: Iterable[str], operator: Operator, said: Mapping[str, str | None]
) -> Command:
    """Return what is sent to the function: of each record what is said, and who says it."""
    told = {**said, "caller": operator.caller, "name": operator.name}
    words = {key: text for key, text in told.items() if text is not None}
    return {name: [{"record": one, **words} for one in dict.fromkeys(records)]}


def send_command(function: ReconcileFunction, command: Command) -> tuple[AnsweredRecord, ...]:
    """Have a command done, and return what became of each record."""
    [(name, entries)] = command.items()
    answers = function.command(command).get(DONE[name], {})
    named = [one["record"] for one in entries]
    return tuple(AnsweredRecord(one, str(answers.get(one, "not answered"))) for one in named)
