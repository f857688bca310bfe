"""What must be true of subscriptions after every history: AWS's own book is what they must equal.

The book of AWS is the sandbox's; what its events say is known here by itself.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

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
from tests.simulation.buyers import Buyer
from tests.simulation.evidence import Evidence
from tests.simulation.model import Account
from tests.simulation.plan import Climate
from tests.simulation.producers import hour_of
from tests.simulation.world import World

_HOUR = timedelta(hours=1)
# Whoever billed it may have looked before the end was known.
_A_RUN = timedelta(minutes=10)
_FAREWELL = "farewell-"


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


def states_are_folds_of_their_facts(evidence: Evidence) -> Iterator[str]:
    """Hold property 10 whatever was lost: a state is that of its facts, in any other order."""
    deployment = evidence.world.deployment
    book, now = deployment.book, deployment.scheduler.now()
    for key in sorted({*book.facts, *book.reads, *book.states} - {UNPLACED}):
        again = fold(key, _turned_round(book, key), now, deployment.products.legacy)
        _, state = book.states.get(key, (0, None))
        if key not in book.listed and state is not None and again is not None:
            # Nobody moves on the phase of an agreement whose license is known: the license has it.
            again = replace(
                again,
                phase=state.phase,
                phase_at=state.phase_at,
                has_access=state.has_access,
            )
        if state != again:
            yield f"states_are_folds_of_their_facts: {key}: {state}, not {again}"


def nothing_in_time_is_unbilled(evidence: Evidence) -> Iterator[str]:
    """Hold property 11: where all works, whoever ends is billed for all that was sent in time.

    That is all that was sent before the end, and the last usage that was sent in the minutes after
    it in which it is waited for.
    """
    world = evidence.world
    if world.plan.climate is not Climate.CALM:
        return
    sent_ms = {one.message_id: one.sent_at_ms for one in world.deployment.queue.sent}
    billed = _billed(evidence)
    for buyer in world.actors.buyers:
        ended_at = buyer.agreement.ends_at
        if ended_at is None or not _is_only(evidence, buyer):
            continue
        ended_ms = int((ended_at - world.deployment.scheduler.start_at).total_seconds() * 1_000)
        in_time = defaultdict[Account, Decimal](Decimal)
        for (account, hour, event_id), message_id, quantity in world.model.first_sendings(min):
            is_before = sent_ms[message_id] <= ended_ms and hour <= hour_of(ended_at)
            if account[0] == buyer.name and (is_before or event_id.startswith(_FAREWELL)):
                in_time[account] += quantity
        for account, units in in_time.items():
            if billed[account] < units:
                yield (
                    f"nothing_in_time_is_unbilled: {account} ended at {ended_at}: "
                    f"in time {units}, billed {billed[account]}"
                )


def nobody_pays_for_uncovered_hours(evidence: Evidence) -> Iterator[str]:
    """Hold property 12: no usage of an hour outside an agreement is billed on it.

    Of the end that holds from when it was known: what came before may have been carried on. An hour
    that the start or the end cuts is covered whole.
    """
    world = evidence.world
    if world.plan.disaster is not None:
        return
    billed, book = _billed(evidence), world.deployment.book
    sent_at = {
        one.message_id: world.deployment.scheduler.moment(one.sent_at_ms)
        for one in world.deployment.queue.sent
    }
    for buyer in world.actors.buyers:
        agreement, covered = buyer.agreement, defaultdict[Account, Decimal](Decimal)
        if not _is_only(evidence, buyer):
            continue
        first = hour_of(agreement.starts_at) if buyer.key in book.begun else ""
        ended_at, ended_since = agreement.ends_at, book.ended_since.get(buyer.key)
        for (account, hour, _), message_id, quantity in world.model.first_sendings(max):
            if account[0] != buyer.name:
                continue
            is_after = (
                ended_at is not None
                and ended_since is not None
                and hour > hour_of(ended_at)
                and sent_at[message_id] > ended_since + _A_RUN
            )
            covered[account] += 0 if hour < first or is_after else quantity
        for account, units in covered.items():
            if billed[account] > units:
                yield (
                    f"nobody_pays_for_uncovered_hours: {account}: from {first}, ended {ended_at}: "
                    f"used {units}, billed {billed[account]}"
                )


def nobody_is_billed_under_two_names(evidence: Evidence) -> Iterator[str]:
    """Hold property 13: who is resolved without a license at first is billed by license alone."""
    for buyer in evidence.world.actors.buyers:
        agreement = buyer.agreement
        if agreement.license_arn is None or agreement.customer_identifier is None:
            continue
        for holder, dimension, hour in evidence.lines:
            if holder in (agreement.customer_identifier, agreement.customer_aws_account_id):
                yield f"nobody_is_billed_under_two_names: {holder}, {dimension}, {hour}"


def is_told(world: World, agreement_id: str) -> bool:
    """Tell whether everything that AWS said of an agreement came."""
    return not any(event.agreement_id == agreement_id for event in world.courier.lost)


def has_exact_hours(world: World, agreement: Agreement) -> bool:
    """Tell whether all usage of an agreement that ends is billed in its own hour where all works.

    Hours that were over at the end are sealed at once: last usage that was reported right after an
    hour turned may be billed in the new one (ADR 0018).
    """
    ends_at = agreement.ends_at
    is_clear = ends_at is None or hour_of(ends_at - timedelta(minutes=2)) == hour_of(ends_at)
    return is_clear and is_told(world, agreement.agreement_id)


def _is_only(evidence: Evidence, buyer: Buyer) -> bool:
    """Tell whether a buyer has had one agreement, of which everything was told."""
    agreement = buyer.agreement
    agreements = evidence.world.marketplace.desks.agreements.agreements()
    return is_told(evidence.world, agreement.agreement_id) and (
        agreement.license_arn is not None
        or not any(
            one.customer_identifier == agreement.customer_identifier
            and one.agreement_id != agreement.agreement_id
            for one in agreements
        )
    )


def _billed(evidence: Evidence) -> dict[Account, Decimal]:
    """Return how many units of each account AWS bills."""
    billed = defaultdict[Account, Decimal](Decimal)
    for name in evidence.records:
        if evidence.is_billed(name):
            billed[evidence.accounts[name]] += evidence.lines[name].quantity
    return billed


def _held(agreement: Agreement, told: list[Agreement]) -> dict[str, object]:
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


def _differences(world: World, key: FolderKey, held: dict[str, object]) -> Iterator[str]:
    _, state = world.deployment.book.states.get(key, (0, None))
    if state is None:
        yield f"subscriptions_are_what_aws_holds: {key} is not known"
        return
    if not _is_named(world, state):
        # Events that print a license without `arn:` name nobody who can be billed.
        held = {**held, "identity": None}
        if held["phase"] is Phase.ACTIVE:
            held["phase"] = Phase.PENDING
    for name, value in held.items():
        if getattr(state, name) != value:
            found = getattr(state, name)
            yield f"subscriptions_are_what_aws_holds: {key}: {name} is {found}, AWS: {value}"


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
