"""`sweep`: ask AWS at once for what it holds of agreements, and store what is new."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from meterhouse.use_cases.subscriptions.sweep_agreements import NO_TIME
from operations.answers import Answer
from operations.options import IsAgreed, agree, answering
from operations.reconcile_function import ReconcileFunction

# Within AWS's quotas a run sees about three thousand agreements.
_RUNS_MAX = 1_000

FromBeginning = Annotated[
    bool,
    typer.Option(
        "--from-beginning", help="Forget how far it came, and look at all agreements there are."
    ),
]


class SweepFunction(ReconcileFunction):
    """The function `sweep_agreements`; it runs up to fifteen minutes."""

    kind: ClassVar = "SweepFunction"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepAnswer(Answer):
    """What the runs came to.

    `learned` facts were new, `refused` agreements make no sense, and `out_of_sight` subscriptions
    AWS did not show to a sweep that began at the beginning. Of `entitlements_left` subscriptions it
    did not say what they hold; None if it was not asked.
    """

    runs: int
    swept: int
    learned: int
    refused: int
    updated_until: str | None
    left: str | None
    out_of_sight: int | None
    out_of_sight_ids: tuple[str, ...]
    entitlements_left: int | None

    @property
    def is_done(self) -> bool:
        """Whether the sweep came to its end, and all that it saw and asked was answered."""
        return self.left is None and not self.refused and not self.entitlements_left

    @property
    def sentences(self) -> Iterator[str]:
        """Say what it means, and what to do."""
        if self.left is not None:
            yield "It is not finished: repeat the command, without --from-beginning, to go on."
        if self.refused:
            yield "The function's log names what makes no sense: its lines are agreement_refused."
        if self.entitlements_left:
            yield (
                f"Of {self.entitlements_left} subscriptions it stays unknown what they hold: lines "
                "entitlements_not_read of the function's log say why. Repeat the command."
            )
        if self.out_of_sight:
            yield (
                "AWS shows agreements to who proposed them: those out of sight were sold by "
                "partners, and only events tell of them."
            )


@answering
def sweep(
    function: SweepFunction, *, from_beginning: FromBeginning = False, yes: IsAgreed = False
) -> SweepAnswer:
    """Ask AWS for the agreements that changed, or for all, and store what is new of them.

    It repeats runs until the sweep is finished. Exits with 1 when it is not, when AWS showed
    agreements that make no sense, and when it did not say what somebody holds.
    """
    what = "all agreements" if from_beginning else "the agreements that changed"
    agree(f"Ask AWS for {what}, and store what is new?", is_agreed=yes)
    told: list[dict[str, Any]] = []
    command: dict[str, object] = {"from_beginning": True} if from_beginning else {}
    while len(told) < _RUNS_MAX:
        told.append(function.command(command))
        if told[-1].get("left") != NO_TIME:
            break
        until = told[-1].get("updated_until")
        typer.echo(f"sweep: run {len(told)} came to updates of {until}; it goes on", err=True)
        command = {}
    last = told[-1]
    return SweepAnswer(
        runs=len(told),
        swept=sum(int(one.get("swept", 0)) for one in told),
        learned=sum(int(one.get("learned", 0)) for one in told),
        refused=sum(int(one.get("refused", 0)) for one in told),
        updated_until=last.get("updated_until"),
        left=last.get("left", "not answered"),
        out_of_sight=last.get("out_of_sight"),
        out_of_sight_ids=tuple(last.get("out_of_sight_ids", ())),
        entitlements_left=last.get("entitlements_left"),
    )
