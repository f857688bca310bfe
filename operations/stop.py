"""`stop`: say that the product has stopped for a subscription, so that nobody waits for more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from operations.flush import LastHoursAnswer, read_last_hours
from operations.options import IsAgreed, SubscriptionName, agree, answering
from operations.reconcile_function import ReconcileFunction
from operations.times import check_moment

At = Annotated[
    str | None,
    typer.Option(
        "--at",
        parser=check_moment,
        metavar="TIME",
        help="When it stopped, such as 2026-11-22T18:31:00Z. Default: now.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedAnswer(LastHoursAnswer):
    """What the seller's word came to."""

    meanings: ClassVar[Mapping[str, str]] = {
        "not_found": "No such subscription is known: nothing was done.",
        "noted": "Noted. It has not ended yet: the word counts when AWS ends it.",
        "too_late": "Noted, but it ended, and AWS takes nothing of it any more.",
        "nothing_to_bill": "Noted. It used nothing in the hours that AWS still takes.",
        "flushed": "Noted, and all that it used in the hours that AWS still takes is dealt with.",
        "left": (
            "Noted. Something is left: usage from before may still wait in the queue, or AWS did "
            "not answer. The next runs go on with it by themselves."
        ),
    }
    done: ClassVar[frozenset[str]] = frozenset({"noted", "nothing_to_bill", "flushed", "left"})


@answering
def stop(
    function: ReconcileFunction,
    name: SubscriptionName,
    *,
    at: At = None,
    yes: IsAgreed = False,
) -> StoppedAnswer:
    """Say that the product has stopped for a subscription: its last hour waits for no more usage.

    What is used after that is billed with the next hour, if AWS still takes one. Exits with 1 when
    the subscription is not known, when it is too late, and when records ended unbilled.
    """
    agree(f"Say that the product has stopped for {name}?", is_agreed=yes)
    entry = {"subscription": name} | ({} if at is None else {"stopped_at": at})
    told = function.command({"stopped": [entry]}).get("stopped", {})
    return StoppedAnswer(**read_last_hours(name, told))
