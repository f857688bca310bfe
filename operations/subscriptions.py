"""`subscriptions`: who has subscribed, and all that is known of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated

import typer

from meterhouse.domain.subscriptions.announcing import content
from meterhouse.domain.subscriptions.state import Phase
from operations.answers import Answer
from operations.entitlements import EntitlementRow, rows_of, words_about
from operations.fact_words import WORDS
from operations.included_units import AllowanceRow, ShowIncluded, words_about_included
from operations.options import SubscriptionName, answering
from operations.subscription_shelf import (
    Sought,
    SubscriptionRow,
    SubscriptionShelf,
    read_subscription,
    row_of,
    sought_states,
    source_of,
)

LIST_MAX = 10_000

app = typer.Typer(no_args_is_help=True, help="Look at who has subscribed.")


@dataclass(frozen=True, slots=True)
class FactRow:
    """Something that was told of a subscription, by whom, where it is kept, and what it says."""

    at: datetime
    kind: str
    source: str
    kept_in: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionsAnswer(Answer):
    """Subscriptions, in the order of phases and of the times that matter in them."""

    subscriptions: tuple[SubscriptionRow, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say how many they are."""
        yield f"Subscriptions: {len(self.subscriptions)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionAnswer(Answer):
    """One subscription: what it is, as the seller's systems are told, and the facts behind that.

    What its contract holds stands apart: `entitlements`, as AWS said at `entitlements_asked_at`.
    What it includes is not known of a table that was named without its stack.
    """

    subscription: dict[str, object]
    entitlements_asked_at: datetime | None
    entitlements: tuple[EntitlementRow, ...]
    are_allowances_known: bool
    allowances: tuple[AllowanceRow, ...]
    facts: tuple[FactRow, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say what is known of its contract, and where to read on."""
        has_ended = "ended_at" in self.subscription
        words = words_about(self.entitlements_asked_at, self.entitlements, has_ended=has_ended)
        if words is not None:
            yield words
        yield from words_about_included(self.allowances if self.are_allowances_known else None)
        yield "`meterhouse explain` says what a phase or a flag means, and what to do."


@answering
def list_subscriptions(
    shelf: SubscriptionShelf,
    *,
    phase: Annotated[Phase | None, typer.Option(help="Only of this phase.")] = None,
    account: Annotated[str | None, typer.Option(help="Only of this AWS account.")] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Only those that pay, or paid, for this tenant.")
    ] = None,
    text: Annotated[
        str, typer.Option(help="Only with this in a name, an id, a status or a flag.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = LIST_MAX,
) -> SubscriptionsAnswer:
    """List subscriptions: all, or those of a phase, a buyer's AWS account or a tenant."""
    sought = Sought(phase, account, tenant, text)
    found = [*islice(sought_states(shelf, sought), limit + 1)]
    return SubscriptionsAnswer(
        subscriptions=tuple(map(row_of, found[:limit])),
        is_whole=len(found) <= limit,
        unreadable=shelf.unreadable,
    )


@answering
def show(
    shelf: SubscriptionShelf,
    name: SubscriptionName,
    *,
    now: datetime,
    show_included: ShowIncluded,
) -> SubscriptionAnswer:
    """Show one subscription: what it is, what its contract holds and includes, and every fact.

    The facts begin with the oldest.
    """
    known = read_subscription(shelf, name)
    said, held = content(known.state) or {}, known.state.entitlements
    included = show_included(known.state, now)
    facts = (
        FactRow(fact.at, fact.kind, source_of(fact), kept_in, WORDS[fact.kind])
        for kept_in, fact in known.facts
    )
    return SubscriptionAnswer(
        subscription={key: value for key, value in said.items() if key != "entitlements"},
        entitlements_asked_at=None if held is None else held.asked_at,
        entitlements=rows_of(held, now),
        are_allowances_known=included is not None,
        allowances=included or (),
        facts=tuple(facts),
        unreadable=shelf.unreadable,
    )


app.command("list")(list_subscriptions)
app.command()(show)
