"""What must be true of subscriptions after every history: AWS's own book is what they must equal.

The book of AWS is the sandbox's; what its events say is known here by itself.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.subscriptions.facts import UNPLACED, FolderKey, Kind
from meterhouse.domain.subscriptions.folding import Folder, fold
from meterhouse.domain.subscriptions.identity import (
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    legacy_account_key,
    legacy_customer_key,
    license_key,
)
from meterhouse.domain.subscriptions.state import Phase, State
from tests.fakes.world import InMemorySubscriptionBook
from tests.simulation.evidence import Evidence
from tests.simulation.world import World

_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_METERING_ANSWERS = (Kind.METERING_REFUSED, Kind.METERING_ACCEPTED)
_WORDS = (Kind.ENTITLEMENTS,)


def subscriptions_are_what_aws_holds(evidence: Evidence) -> Iterator[str]:
    """Hold property 10: each subscription of which no event was lost is what AWS holds it to be."""
    world = evidence.world
    agreements = world.marketplace.desks.agreements.agreements()
    told = [one for one in agreements if is_told(world, one.agreement_id)]
    legacy = world.deployment.products.legacy
    for agreement in told:
        if agreement.product_code not in legacy:
            yield from _differences(world, _key_of_license(agreement), _held(agreement, told))
    customers = defaultdict[str, list[Agreement]](list)
    for agreement in agreements:
        if agreement.product_code in legacy:
            customers[str(agreement.customer_identifier)].append(agreement)
    for of_customer in customers.values():
        if all(one in told for one in of_customer):
            for key, held in _held_of_customer(world, of_customer):
                yield from _differences(world, key, held)


def a_sweep_heals_what_was_lost(evidence: Evidence) -> Iterator[str]:
    """Hold property 10 of agreements of which events were lost, once they were swept.

    No search tells a product's code, nor until when AWS takes last usage, and of an end only when
    AWS wrote it down.
    """
    world = evidence.world
    if not world.is_swept:
        return
    agreements = world.marketplace.desks.agreements.agreements()
    legacy = world.deployment.products.legacy
    for agreement in agreements:
        if agreement.product_code not in legacy and not is_told(world, agreement.agreement_id):
            held, key = _held(agreement, agreements), _key_of_license(agreement)
            ended_at, last_at = held.pop("ended_at"), agreement.deprovisioned_at
            del held["closes_at"], held["product_code"]
            yield from _differences(world, key, held, "a_sweep_heals_what_was_lost")
            _, state = world.deployment.book.states.get(key, (0, None))
            found = state and state.ended_at
            if bool(found) != bool(ended_at) or (found and last_at and found > last_at + _SECOND):
                yield f"a_sweep_heals_what_was_lost: {key}: ended at {found}, AWS: {ended_at}"


def states_are_folds_of_their_facts(evidence: Evidence) -> Iterator[str]:
    """Hold property 10 whatever was lost: a state is that of its facts, in any other order.

    Only AWS's last answer to metering may be missing in it, and its last word on entitlements:
    nobody repeats what a run noted that broke off before it folded, and AWS's next answer brings it
    up again.
    """
    world = evidence.world
    book = world.deployment.book
    for key in sorted({*book.facts, *book.reads, *book.states} - {UNPLACED}):
        folders = _turned_round(book, key)
        _, state = book.states.get(key, (0, None))
        again = _fold_again(world, key, folders, state)
        unheard = [_without_last(folders, kinds) for kinds in (_METERING_ANSWERS, _WORDS)]
        unheard.append(_without_last(unheard[0], _WORDS))
        if state not in (again, *(_fold_again(world, key, one, state) for one in unheard)):
            yield f"states_are_folds_of_their_facts: {key}: {state}, not {again}"


def _fold_again(
    world: World, key: FolderKey, folders: dict[FolderKey, Folder], state: State | None
) -> State | None:
    deployment = world.deployment
    now = deployment.scheduler.now()
    again = fold(key, folders, now, deployment.products.legacy)
    again = again and deployment.products.owned(again)
    if key in deployment.book.listed or state is None or again is None:
        return again
    # Nobody moves on the phase of an agreement whose license is known: the license has it.
    return replace(again, phase=state.phase, phase_at=state.phase_at, has_access=state.has_access)


def _without_last(
    folders: dict[FolderKey, Folder], kinds: Sequence[Kind]
) -> dict[FolderKey, Folder]:
    answers = [fact for one in folders.values() for fact in one.facts if fact.kind in kinds]
    last = max(answers, key=lambda fact: fact.at, default=None)
    return {
        key: replace(one, facts=tuple(fact for fact in one.facts if fact is not last))
        for key, one in folders.items()
    }


def is_told(world: World, agreement_id: str) -> bool:
    """Tell whether everything that AWS said of an agreement came."""
    return not any(event.agreement_id == agreement_id for event in world.courier.lost)


def _held(agreement: Agreement, told: Sequence[Agreement]) -> dict[str, object]:
    """Return what AWS holds of an agreement with a license, in the words of a state."""
    arn, account = agreement.license_arn, agreement.customer_aws_account_id
    assert arn is not None
    following = (one for one in told if one.previous_agreement_id == agreement.agreement_id)
    successor = next(following, None)
    held: dict[str, object] = {
        "agreement_id": agreement.agreement_id,
        "account_id": account,
        "product_code": agreement.product_code,
        "starts_at": _millisecond(agreement.starts_at),
        "previous_agreement_id": agreement.previous_agreement_id,
        "identity": LicenseIdentity(account, arn),
        "ended_at": None,
        "closes_at": None,
        "phase": Phase.ACTIVE,
    }
    if successor is not None:
        held["successor"] = successor.agreement_id
    if agreement.ends_at is not None:
        assert agreement.deprovisioned_at is not None
        is_renewed = str(agreement.status) == "RENEWED"
        held["ended_at"] = _second(agreement.ends_at)
        held["closes_at"] = _second(agreement.deprovisioned_at) + _HOUR
        held["phase"] = Phase.SUPERSEDED if is_renewed else Phase.ENDED
    return held


def _held_of_customer(
    world: World, agreements: list[Agreement]
) -> Iterator[tuple[FolderKey, dict[str, object]]]:
    """Yield what AWS holds of a legacy customer, by each name."""
    one = agreements[-1]
    code, account, customer = one.product_code, one.customer_aws_account_id, one.customer_identifier
    assert customer is not None
    ends = [each.ends_at for each in agreements]
    last = max(agreements, key=lambda each: each.starts_at)
    held: dict[str, object] = {"ended_at": None, "closes_at": None, "phase": Phase.ACTIVE}
    if None not in ends:
        assert last.ends_at is not None
        assert last.closes_at is not None
        held["ended_at"], held["phase"] = _millisecond(last.ends_at), Phase.ENDED
        held["closes_at"] = _millisecond(last.closes_at)
    named = LegacyCustomerIdentity(code, customer)
    yield FolderKey(legacy_customer_key(code, customer)), {**held, "identity": named}
    by_account = FolderKey(legacy_account_key(code, account))
    if by_account in world.deployment.book.states:
        yield by_account, {**held, "identity": LegacyAccountIdentity(code, account)}


def _differences(
    world: World,
    key: FolderKey,
    held: dict[str, object],
    broken: str = "subscriptions_are_what_aws_holds",
) -> Iterator[str]:
    _, state = world.deployment.book.states.get(key, (0, None))
    if state is None:
        yield f"{broken}: {key} is not known"
        return
    if not _is_named(world, state):
        # Events that print a license without `arn:` name nobody who can be billed.
        held = {**held, "identity": None}
        if held["phase"] is Phase.ACTIVE:
            held["phase"] = Phase.PENDING
    for name, value in held.items():
        if getattr(state, name) != value:
            found = getattr(state, name)
            yield f"{broken}: {key}: {name} is {found}, AWS: {value}"


def _is_named(world: World, state: State) -> bool:
    """Tell whether anybody said under whom a license is billed."""
    if not state.folder.startswith("license#"):
        return True
    return any(
        str(fact.license) == state.folder
        and (fact.kind is Kind.REGISTERED or (fact.license_arn or "").startswith("arn:"))
        for facts in world.deployment.book.facts.values()
        for fact in facts.values()
    )


def _turned_round(book: InMemorySubscriptionBook, key: FolderKey) -> dict[FolderKey, Folder]:
    """Return all folders that one reads, each with its facts the other way round."""
    found: dict[FolderKey, Folder] = {}
    left = [key]
    while left:
        name = left.pop()
        if name not in found:
            reads = frozenset(book.reads.get(name, ()))
            facts = tuple(reversed(book.facts.get(name, {}).values()))
            found[name] = Folder(name, facts, reads)
            left.extend(reads)
    return found


def _key_of_license(agreement: Agreement) -> FolderKey:
    assert agreement.license_arn is not None
    return FolderKey(license_key(agreement.license_arn))


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _millisecond(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)
