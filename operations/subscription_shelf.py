"""What is known of subscriptions: a list of those that are meant, and one down to its facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.listing import StatesTable
from meterhouse.adapters.subscriptions_table.sweeps import SweepsTable
from meterhouse.adapters.subscriptions_table.tenants import TenantsTable
from meterhouse.domain.subscriptions.announcing import content
from meterhouse.domain.subscriptions.facts import AGREEMENT_PREFIX, Fact, FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey, tenant_key
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.domain.subscriptions.tenants import TenantLink
from meterhouse.errors import UnreadableError
from meterhouse.use_cases.subscriptions.read_subscriptions import read_known
from operations.answers import Unreadable
from operations.errors import OperationError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Place = tuple[str, ...]
"""Where a list goes on: the phase, and where in it; without one, where in an account."""

_PAGE = 100
# A page of a list reads so many subscriptions at most, also if hardly any is what is looked for.
_READ_MAX = 2_000


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
        self.tenants = TenantsTable(client, table_name, self._notes)
        self.sweeps = SweepsTable(client, table_name, self._notes)

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
class Sought:
    """Which subscriptions are meant; `text` stands somewhere in a name, an id, a status or a flag.

    An account or a tenant is looked up; a text is looked for in all that the rest leaves.
    """

    phase: Phase | None = None
    account: str | None = None
    tenant: str | None = None
    text: str = ""

    def has(self, state: State) -> bool:
        """Tell whether a subscription is among those that are meant, as far as its state says."""
        return (
            content(state) is not None
            and (self.phase is None or state.phase is self.phase)
            and (self.account is None or state.account_id == self.account)
            and self.text.casefold() in " ".join(_words_of(state)).casefold()
        )


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """Some of a list; `after` is where it goes on, if there may be more."""

    rows: tuple[SubscriptionRow, ...]
    after: Place | None


@dataclass(frozen=True, slots=True)
class KnownSubscription:
    """One subscription: its state, the facts behind it with where they are kept, oldest first.

    `links` are those of the tenant that it pays for, if there is one.
    """

    state: State
    facts: tuple[tuple[FolderKey, Fact], ...]
    links: tuple[TenantLink, ...]


def sought_states(shelf: SubscriptionShelf, sought: Sought) -> Iterator[State]:
    """Yield all subscriptions that are meant, in the order of phases and of times in them."""
    if sought.tenant is not None:
        yield from filter(sought.has, _of_tenant(shelf, sought.tenant))
        return
    after: Place | None = ()
    while after is not None:
        states, after = _page(shelf.states, sought, after)
        yield from filter(sought.has, states)


def read_page(shelf: SubscriptionShelf, sought: Sought, after: Place = ()) -> SubscriptionPage:
    """Return one page of those that are meant; it reads no more than a bounded part of the rest."""
    if sought.tenant is not None:
        return SubscriptionPage(tuple(map(row_of, sought_states(shelf, sought))), None)
    found: list[SubscriptionRow] = []
    for _ in range(_READ_MAX // _PAGE):
        states, following = _page(shelf.states, sought, after)
        found += map(row_of, filter(sought.has, states))
        if following is None:
            return SubscriptionPage(tuple(found), None)
        after = following
        if len(found) >= _PAGE:
            break
    return SubscriptionPage(tuple(found), after)


def read_subscription(shelf: SubscriptionShelf, key: SubscriptionKey) -> KnownSubscription:
    """Return all that is known of one, also by its former name; OperationError if nothing is."""
    state = read_known(shelf.states, key)
    if state is None:
        raise OperationError(f"table {shelf.name} knows no subscription {key}")
    facts = sorted(_facts(shelf.folders, state.folder), key=lambda one: (one[1].at, one[1].kind))
    links: tuple[TenantLink, ...] = ()
    if state.tenant is not None:
        tenant = tenant_key(state.tenant)
        links = shelf.tenants.links([tenant]).get(tenant, ())
    return KnownSubscription(state, tuple(facts), links)


def all_subscriptions(shelf: SubscriptionShelf) -> list[SubscriptionKey]:
    """Return the keys of all subscriptions that are known, in their order."""
    return sorted({SubscriptionKey(one.folder) for one in sought_states(shelf, Sought())})


def row_of(state: State) -> SubscriptionRow:
    """Return a subscription as a list shows it."""
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


def source_of(fact: Fact) -> str:
    """Return by whom a fact was told."""
    return fact.fact_id.partition("#")[0]


def _page(
    states: StatesTable, sought: Sought, place: Place
) -> tuple[tuple[State, ...], Place | None]:
    """Read one page of the index; OperationError if the place is none of this list."""
    try:
        if sought.account is not None:
            page = states.of_account(sought.account, count_max=_PAGE, after=place or None)
            return page.states, page.after
        phases = [*Phase] if sought.phase is None else [sought.phase]
        phase, *within = place or (phases[0],)
        later = phases[phases.index(Phase(phase)) + 1 :]
        page = states.in_phase(Phase(phase), count_max=_PAGE, after=tuple(within) or None)
    except ValueError as error:
        raise OperationError("this is no place in that list: begin at its first page") from error
    if page.after is not None:
        return page.states, (phase, *page.after)
    return page.states, (later[0],) if later else None


def _of_tenant(shelf: SubscriptionShelf, tenant: str) -> Iterator[State]:
    """Yield the subscriptions that pay, or paid, for a tenant, in the order of their links."""
    try:
        key = tenant_key(tenant)
    except UnreadableError:
        return  # Nobody can have linked what is no tenant's id.
    links = shelf.tenants.links([key]).get(key, ())
    states = shelf.tenants.states({one.subscription for one in links})
    states |= shelf.tenants.states({one.alias_of for one in states.values() if one.alias_of})
    found = (states.get(one.subscription) for one in links)
    named = [one.alias_of or one.folder for one in found if one is not None]
    yield from (states[one] for one in dict.fromkeys(named) if one in states)


def _words_of(state: State) -> Iterator[str]:
    identity = getattr(state.identity, "license_arn", None)
    ids = (state.account_id, state.product_code, state.product_id, state.agreement_id)
    others = (state.previous_agreement_id, state.successor, state.offer_id, state.status)
    told = (state.folder, *ids, *others, state.tenant, identity, *state.flags)
    yield from (one for one in told if one is not None)


def _facts(folders: FoldersTable, folder: FolderKey) -> Iterator[tuple[FolderKey, Fact]]:
    """Yield the facts of a folder, and of the agreements with which it is read."""
    opened = folders.open(folder)
    yield from ((folder, one) for one in opened.folder.facts)
    for read in sorted(opened.folder.reads):
        if read.startswith(AGREEMENT_PREFIX):
            yield from ((read, one) for one in folders.open(read).folder.facts)
