"""What AWS may bill of subscriptions after every history, by the times of their agreements."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from tests.simulation.agreements_held import is_told
from tests.simulation.buyers import Buyer
from tests.simulation.evidence import Evidence
from tests.simulation.model import Account
from tests.simulation.plan import Climate
from tests.simulation.producers import hour_of
from tests.simulation.world import World

# Whoever billed it may have looked before the end was known.
_A_RUN = timedelta(minutes=10)
_FAREWELL = "farewell-"


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
    that the start or the end cuts is covered whole. What the operator redrives AWS decides about.
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
        redriven = {
            (key.dimension, hour_of(key.hour_at))
            for key in world.actors.redriven
            if key.subscription == buyer.key
        }
        for (account, hour, _), message_id, quantity in world.model.first_sendings(max):
            if account[0] != buyer.name:
                continue
            is_after = (
                ended_at is not None
                and ended_since is not None
                and hour > hour_of(ended_at)
                and sent_at[message_id] > ended_since + _A_RUN
            )
            is_redriven = (account[1], hour) in redriven
            is_uncovered = (hour < first or is_after) and not is_redriven
            covered[account] += 0 if is_uncovered else quantity
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
    """Return how many units of each account AWS bills, or its contract includes."""
    billed = defaultdict[Account, Decimal](Decimal)
    for name, record in evidence.records.items():
        billed[evidence.accounts[name]] += record.included
        if evidence.is_billed(name):
            billed[evidence.accounts[name]] += evidence.lines[name].quantity
    return billed
