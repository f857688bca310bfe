"""`subscriptions`: who has subscribed, and all that is known of one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.listing import StatesTable
from meterhouse.domain.subscriptions.announcing import content
from meterhouse.domain.subscriptions.facts import AGREEMENT_PREFIX, Fact, FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.ports.subscriptions import StatePage
from operations.answers import Answer, Unreadable
from operations.errors import OperationError
from operations.options import SubscriptionName, answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIST_MAX = 10_000
_PAGE = 200

app = typer.Typer(no_args_is_help=True, help="Look at who has subscribed.")


class _Notes:
    """Implements `ports.process.Report`: notes what cannot be read, and nothing else."""

    def __init__(self) -> None:
        self.unreadable: list[Unreadable] = []

    def failure(self, name: str, **fields: object) -> None:
        self.unreadable.append(Unreadable(str(fields.get("key", name)), str(fields["error"])))

    def event(self, name: str, **fields: object) -> None: ...

    def count(self, metric: str, amount: float = 1, *, reason: str | None = None) -> None: ...

    def gauge(self, metric: str, value: float) -> None: ...

    def publish(self) -> None: ...


class SubscriptionShelf:
    """A SubscriptionsTable, read alone; what cannot be read of it is noted."""

    kind: ClassVar = "SubscriptionsTable"

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self.name = table_name
        self._notes = _Notes()
        self.states = StatesTable(client, table_name, self._notes)
        self.folders = FoldersTable(client, table_name)

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What was met that cannot be read."""
        return tuple(self._notes.unreadable)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription in a list."""

    subscription: str
    phase: str
    has_access: bool
    flags: tuple[str, ...]
    account_id: str | None
    product_code: str | None
    agreement_id: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class FactRow:
    """Something that was told of a subscription, where it is kept, and by whom it was told."""

    at: datetime
    kind: str
    source: str
    kept_in: str


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
    """One subscription: what it is, as the seller's systems are told, and the facts behind that."""

    subscription: dict[str, object]
    facts: tuple[FactRow, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say where to read on."""
        yield "`meterhouse explain` says what a phase or a flag means, and what to do."


@answering
def list_subscriptions(
    shelf: SubscriptionShelf,
    *,
    phase: Annotated[Phase | None, typer.Option(help="Only of this phase.")] = None,
    account: Annotated[str | None, typer.Option(help="Only of this AWS account.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = LIST_MAX,
) -> SubscriptionsAnswer:
    """List subscriptions, of all phases or of one; or those of a buyer's AWS account."""
    found: list[SubscriptionRow] = []
    for state in _states(shelf.states, phase, account):
        if content(state) is not None and (phase is None or state.phase is phase):
            found.append(_row(state))
        if len(found) > limit:
            break
    return SubscriptionsAnswer(
        subscriptions=tuple(found[:limit]),
        is_whole=len(found) <= limit,
        unreadable=shelf.unreadable,
    )


@answering
def show(shelf: SubscriptionShelf, name: SubscriptionName) -> SubscriptionAnswer:
    """Show one subscription: what it is, and every fact that was told of it, the oldest first."""
    state = shelf.states.read(name)
    if state is not None and state.alias_of is not None:
        state = shelf.states.read(SubscriptionKey(state.alias_of))
    told = content(state)
    if state is None or told is None:
        raise OperationError(f"table {shelf.name} knows no subscription {name}")
    facts = sorted(_facts(shelf.folders, state.folder), key=lambda one: (one.at, one.kind))
    return SubscriptionAnswer(subscription=told, facts=tuple(facts), unreadable=shelf.unreadable)


def all_subscriptions(shelf: SubscriptionShelf) -> list[SubscriptionKey]:
    """Return the keys of all subscriptions that are known, in their order."""
    told = (one for one in _states(shelf.states, None, None) if content(one) is not None)
    return sorted({SubscriptionKey(one.folder) for one in told})


def states_in(states: StatesTable, phase: Phase) -> Iterator[State]:
    """Yield all states of a phase, page by page."""
    return _states(states, phase, None)


def _states(states: StatesTable, phase: Phase | None, account: str | None) -> Iterator[State]:
    if account is not None:
        yield from _pages(lambda after: states.of_account(account, count_max=_PAGE, after=after))
        return
    for one in Phase if phase is None else (phase,):
        yield from _pages(
            lambda after, one=one: states.in_phase(one, count_max=_PAGE, after=after)  # type: ignore[misc]
        )


def _pages(read: Callable[[tuple[str, ...] | None], StatePage]) -> Iterator[State]:
    page = read(None)
    yield from page.states
    while page.after is not None:
        page = read(page.after)
        yield from page.states


def _row(state: State) -> SubscriptionRow:
    return SubscriptionRow(
        subscription=state.folder,
        phase=state.phase,
        has_access=state.has_access,
        flags=tuple(state.flags),
        account_id=state.account_id,
        product_code=state.product_code or state.product_id,
        agreement_id=state.agreement_id,
        starts_at=state.starts_at,
        ends_at=state.ends_at,
        ended_at=state.ended_at,
    )


def _facts(folders: FoldersTable, folder: FolderKey) -> Iterator[FactRow]:
    """Yield the facts of a folder, and of the agreements with which it is read."""
    opened = folders.open(folder)
    yield from (_fact_row(folder, one) for one in opened.folder.facts)
    for read in sorted(opened.folder.reads):
        if read.startswith(AGREEMENT_PREFIX):
            yield from (_fact_row(read, one) for one in folders.open(read).folder.facts)


def _fact_row(folder: FolderKey, fact: Fact) -> FactRow:
    return FactRow(fact.at, fact.kind, fact.fact_id.partition("#")[0], folder)


app.command("list")(list_subscriptions)
app.command()(show)
