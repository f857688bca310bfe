"""`flush`: bill at once what an ending subscription used."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import typer

from meterhouse.domain.records.lifecycle import RecordState
from operations.answers import Answer
from operations.options import IsAgreed, SubscriptionName, agree, answering
from operations.reconcile_function import ReconcileFunction
from operations.times import check_moment

_ENDED_UNBILLED = {RecordState.REJECTED, RecordState.DISPUTED, RecordState.EXPIRED}

StoppedAt = Annotated[
    str | None,
    typer.Option(
        parser=check_moment,
        metavar="TIME",
        help="When its usage stopped, such as 2026-11-22T18:31:00Z. Default: now.",
    ),
]


@dataclass(frozen=True, slots=True)
class FlushedRecord:
    """A record of the subscription, in an hour that AWS still takes."""

    record: str
    state: str
    reason: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHoursAnswer(Answer):
    """What is billed of a subscription's last hours, and what is not; `answer` is one word.

    A command says what each word means, and which of them say that it is done. Of a subscription
    that goes on, `days_left` says in how many days it ends as agreed.
    """

    meanings: ClassVar[Mapping[str, str]]
    done: ClassVar[frozenset[str]]

    subscription: str
    answer: str
    left: int
    billed: tuple[FlushedRecord, ...]
    not_billed: tuple[FlushedRecord, ...]
    not_listed: int
    days_left: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether it did what it should, and nothing ended without a bill."""
        return self.answer in self.done and not self._unbilled

    @property
    def _unbilled(self) -> int:
        """How many records ended without a bill; what was carried is of a later hour."""
        return sum(1 for one in self.not_billed if one.quantity and one.state in _ENDED_UNBILLED)

    @property
    def sentences(self) -> Iterator[str]:
        """Say what it means, and what to do."""
        yield self.meanings.get(self.answer, self.answer)
        if self.days_left is not None:
            when = f"in {self.days_left} day(s)" if self.days_left else "within a day"
            yield f"As agreed it ends {when}, unless it is renewed."
        if self._unbilled:
            yield f"{self._unbilled} record(s) ended unbilled: `refused` says why."


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushAnswer(LastHoursAnswer):
    """What a final flush came to."""

    meanings: ClassVar[Mapping[str, str]] = {
        "not_found": (
            "No such subscription is registered, and no usage of it is there: nothing was done."
        ),
        "nothing_to_bill": "It used nothing in the hours that AWS still takes: nothing was done.",
        "flushed": "All that it used in the hours that AWS still takes is dealt with.",
        "left": (
            "Something is left: usage may still wait in the queue, AWS did not answer, or late "
            "usage went to the next hour. Repeat the command with the same --stopped-at until "
            "nothing is left twice, a minute apart."
        ),
    }
    done: ClassVar[frozenset[str]] = frozenset({"flushed"})


@answering
def flush(
    function: ReconcileFunction,
    name: SubscriptionName,
    *,
    stopped_at: StoppedAt = None,
    yes: IsAgreed = False,
) -> FlushAnswer:
    """Bill at once all that an ending subscription used, the unfinished hour included.

    First stop the product for that buyer: what comes later is billed with the next hour. Exits with
    1 when something is left or ended unbilled, and when there was nothing to bill.
    """
    agree(f"Bill now all that {name} used, the unfinished hour included?", is_agreed=yes)
    entry = {"subscription": name} | ({} if stopped_at is None else {"stopped_at": stopped_at})
    told = function.command({"flush": [entry]}).get("flushed", {})
    return FlushAnswer(**read_last_hours(name, told))


def read_last_hours(name: str, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Read what the function answered about the last hours of a subscription, as fields."""
    told = answers.get(name, {})
    return {
        "subscription": name,
        "answer": str(told.get("answer", "not answered")),
        "left": int(told.get("left", 0)),
        "billed": _read_records(told.get("billed", ())),
        "not_billed": _read_records(told.get("not_billed", ())),
        "not_listed": int(told.get("not_listed", 0)),
        "days_left": told.get("days_left"),
    }


def _read_records(told: Iterable[Mapping[str, str]]) -> tuple[FlushedRecord, ...]:
    return tuple(
        FlushedRecord(one["record"], one["state"], one["reason"], Decimal(one["quantity"]))
        for one in told
    )
