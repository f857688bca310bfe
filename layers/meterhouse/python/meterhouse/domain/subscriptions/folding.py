"""From facts to a state: pure, and the same in whatever order and how often the facts came.

A folder is folded together with those that it reads: a license with its agreement, a legacy account
with its customer, an account without a license with the license that AWS named later, an agreement
with its successor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from meterhouse.domain.subscriptions.facts import (
    AGREEMENT_PREFIX,
    Fact,
    FolderKey,
    Kind,
    agreement_folder,
)
from meterhouse.domain.subscriptions.identity import LegacyAccountIdentity
from meterhouse.domain.subscriptions.life import (
    SUCCEEDED,
    Reading,
    end_of_agreement,
    end_of_customer,
    entitlements_of,
    flags_of,
    identity_of,
    is_suspected,
    start_of_agreement,
    stop_of,
    tenant_of,
)
from meterhouse.domain.subscriptions.state import Flag, Phase, State


@dataclass(frozen=True, slots=True)
class Folder:
    """The facts that stand under one key, in any order, and the folders that it reads."""

    key: FolderKey
    facts: tuple[Fact, ...] = ()
    reads: frozenset[FolderKey] = frozenset()

    @property
    def is_shelf(self) -> bool:
        """Whether it only says which licenses an account has: nobody came who is known by it."""
        is_account = self.key.startswith("account#")
        return is_account and not self.facts and not any(map(_is_customer, self.reads))


def fold(
    key: FolderKey,
    folders: Mapping[FolderKey, Folder],
    now: datetime,
    legacy_products: frozenset[str] = frozenset(),
) -> State | None:
    """Return the state of a folder at `now`, or None if nothing was said of it.

    `folders` holds it and all that it reads, directly or not. A buyer without a license is billed
    by account only if the product is declared as one of the `legacy_products`.
    """
    if key.startswith("account#"):
        state = _fold_account(key, folders, now, legacy_products)
    else:
        state = _fold(_reading(key, folders), folders, now)
    weight = sum(len(one.facts) + len(one.reads) for one in folders.values())
    return state and replace(state, facts=weight)


def _fold_account(
    key: FolderKey,
    folders: Mapping[FolderKey, Folder],
    now: datetime,
    legacy_products: frozenset[str],
) -> State | None:
    """Fold an account of a product: a legacy customer's, or one that waits for its license."""
    folder = folders.get(key, Folder(key))
    code, account = key.split("#")[1:]
    if folder.is_shelf:
        return None
    customer = next(filter(_is_customer, sorted(folder.reads)), None)
    own = _reading(key, folders)
    is_legacy = customer is not None or code in legacy_products
    placed = None if is_legacy else _placed(own, folder, folders, now)
    state = placed or (fold(customer, folders, now) if customer else _fold(own, folders, now))
    if state is None:
        return None
    stopped_at = max(filter(None, (state.stopped_at, own.last(stop_of))), default=None)
    tenant = tenant_of(own.facts) or state.tenant
    answered = (*own.facts, *_reading(state.folder, folders).facts)
    alias_of = None if state.folder == key else state.folder
    state = replace(
        _as_answered(state, answered),
        folder=key,
        stopped_at=stopped_at,
        tenant=tenant,
        alias_of=alias_of,
    )
    if placed is not None:
        return state
    identity = LegacyAccountIdentity(code, account) if is_legacy else None
    return _with_phase(replace(state, identity=identity), now)


def _placed(
    own: Reading, folder: Folder, folders: Mapping[FolderKey, Folder], now: datetime
) -> State | None:
    """Return the state of the license that a registration without one turned out to mean.

    It is that of its agreement; without an agreement, the earliest license of the account that had
    not ended when the buyer came.
    """
    came_at = own.facts[0].at
    agreements = {fact.agreement_id for fact in own.facts if fact.agreement_id}
    states = [
        state
        for one in folder.reads
        if one.startswith("license#") and (state := fold(one, folders, now)) is not None
    ]
    fitting = [
        one
        for one in states
        if one.identity is not None
        and (
            one.agreement_id in agreements
            if agreements
            else one.ended_at is None or one.ended_at > came_at
        )
    ]
    if not fitting:
        return None
    first = min(fitting, key=lambda one: (_reading(one.folder, folders).facts[0].at, one.folder))
    return replace(first, registered_at=min(filter(None, (first.registered_at, came_at))))


def _reading(key: FolderKey, folders: Mapping[FolderKey, Folder]) -> Reading:
    """Gather the facts that concern a folder: its own, and those of the agreement it belongs to."""
    folder = folders.get(key, Folder(key))
    found = list(folder.facts)
    licenses = {fact.license for fact in found if fact.license}
    if key.startswith("license#"):
        for other in folder.reads:
            if other.startswith(AGREEMENT_PREFIX):
                of_agreement = folders.get(other, Folder(other)).facts
                licenses |= {fact.license for fact in of_agreement if fact.license}
                found.extend(
                    one for one in of_agreement if one.license is None or str(one.license) == key
                )
    distinct = {fact.fact_id: fact for fact in found}
    ordered = sorted(distinct.values(), key=lambda fact: (fact.at, fact.fact_id))
    return Reading(key, tuple(ordered), frozenset(licenses))


def _fold(reading: Reading, folders: Mapping[FolderKey, Folder], now: datetime) -> State | None:
    if not reading.facts:
        return None
    agreement_id = reading.last(lambda fact: fact.agreement_id)
    successor = _successor(agreement_id, folders)
    end = (
        end_of_customer(reading)
        if reading.key.startswith("customer#")
        else end_of_agreement(reading)
    )
    state = State(
        folder=reading.key,
        facts=0,  # counted once all is folded
        phase=Phase.PENDING,
        phase_at=reading.facts[-1].at,
        has_access=False,
        identity=identity_of(reading),
        flags=tuple(sorted(flags_of(reading))),
        product_code=reading.last(lambda fact: fact.product_code),
        product_id=reading.last(lambda fact: fact.product_id),
        account_id=reading.last(lambda fact: fact.account_id),
        agreement_id=agreement_id,
        previous_agreement_id=reading.last(lambda fact: fact.previous_agreement_id),
        successor=successor,
        successor_licenses=_licenses(successor, folders),
        offer_id=reading.last(lambda fact: fact.offer_id),
        status=end.status if end else reading.last(lambda fact: fact.status),
        starts_at=start_of_agreement(reading),
        ends_at=reading.last(lambda fact: fact.ends_at),
        ended_at=end.at if end else None,
        closes_at=end.closes_at if end else None,
        stopped_at=reading.last(stop_of),
        trial_until=reading.last(lambda fact: fact.trial_until),
        registered_at=next((one.at for one in reading.of(Kind.REGISTERED)), None),
        tenant=tenant_of(reading.facts),
        described_at=max((one.at for one in reading.of(Kind.DESCRIBED)), default=None),
    )
    goes_on = state.status in SUCCEEDED and _goes_on(successor, folders)
    return _with_phase(_as_answered(state, reading.facts), now, goes_on=goes_on)


def _as_answered(state: State, facts: Sequence[Fact]) -> State:
    """Return a state that says what AWS's answers to our own calls make known of it."""
    flags = {*state.flags} - {Flag.SUSPENSION_SUSPECTED}
    if is_suspected(facts, state.starts_at, state.ended_at):
        flags.add(Flag.SUSPENSION_SUSPECTED)
    held = entitlements_of(facts, state.starts_at, state.ended_at)
    return replace(state, flags=tuple(sorted(flags)), entitlements=held)


def _with_phase(state: State, now: datetime, *, goes_on: bool = False) -> State:
    """Return a state with its phase at `now`, and what follows from that."""
    if state.ended_at is not None and state.closes_at is not None:
        over = Phase.SUPERSEDED if state.status in SUCCEEDED else Phase.ENDED
        phase, phase_at = Phase.ENDING if now < state.closes_at else over, state.closes_at
    elif state.starts_at is not None and now < state.starts_at:
        phase, phase_at = Phase.SCHEDULED, state.starts_at
    elif state.identity is None or Flag.PAYMENT_FAILED in state.flags:
        phase, phase_at = Phase.PENDING, state.phase_at
    else:
        phase, phase_at = Phase.ACTIVE, state.phase_at
    has_access = phase is Phase.ACTIVE and Flag.SUSPENDED not in state.flags
    return replace(state, phase=phase, phase_at=phase_at, has_access=has_access or goes_on)


def _is_customer(key: FolderKey) -> bool:
    return key.startswith("customer#")


def _successor(agreement_id: str | None, folders: Mapping[FolderKey, Folder]) -> str | None:
    """Return the agreement that names this one as its previous one."""
    if agreement_id is None:
        return None
    mine = folders.get(agreement_folder(agreement_id))
    for key in sorted(mine.reads) if mine else ():
        facts = folders[key].facts if key in folders else ()
        if any(one.previous_agreement_id == agreement_id for one in facts):
            return key.removeprefix(AGREEMENT_PREFIX)
    return None


def _licenses(
    agreement_id: str | None, folders: Mapping[FolderKey, Folder]
) -> tuple[FolderKey, ...]:
    """Return the licenses of an agreement."""
    if agreement_id is None:
        return ()
    facts = folders[agreement_folder(agreement_id)].facts
    return tuple(sorted({FolderKey(fact.license) for fact in facts if fact.license}))


def _goes_on(successor: str | None, folders: Mapping[FolderKey, Folder]) -> bool:
    """Tell whether what follows a renewed agreement still runs; AWS's word counts until it came."""
    seen = set[str]()
    while successor is not None and successor not in seen:
        seen.add(successor)
        end = end_of_agreement(_reading(agreement_folder(successor), folders))
        if end is None:
            return True
        if end.status not in SUCCEEDED:
            return False
        successor = _successor(successor, folders)
    return True
