"""What must be true after every history: each check yields its breaches (docs/simulation.md)."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from marketplace_sandbox.testing import BilledRecord

from meterhouse.domain.hours import SEND_MARGIN
from meterhouse.domain.records.lifecycle import NOT_BILLED, UNFINISHED, RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import MeteringRecord
from tests.fakes.rejections import rejections_in
from tests.simulation.agreements_billed import (
    nobody_is_billed_under_two_names,
    nobody_pays_for_uncovered_hours,
    nothing_in_time_is_unbilled,
)
from tests.simulation.agreements_held import (
    a_sweep_heals_what_was_lost,
    states_are_folds_of_their_facts,
    subscriptions_are_what_aws_holds,
)
from tests.simulation.aws_marketplace import RecordName
from tests.simulation.balances import missing_places
from tests.simulation.contracts_billed import nothing_is_included_twice, what_was_carried_is_billed
from tests.simulation.evidence import Evidence, gather
from tests.simulation.hours_billed import (
    no_unit_leaves_its_hour,
    nothing_is_sent_twice_in_vain,
    steady_buyers,
)
from tests.simulation.lost_tables import a_lost_table_costs_nobody
from tests.simulation.model import Tags, deadline_of
from tests.simulation.plan import Climate
from tests.simulation.tenants_billed import tenants_usage_counts_once
from tests.simulation.world import World

Breaches = Iterator[str]
_DUE_SHOWN_MAX = 20
_SENDS_FAILED_BY_CHANCE = 4


def units_are_conserved(evidence: Evidence) -> Breaches:
    """Hold property 1: units of distinct events are billed once or stand in a visible state.

    CARRIED units moved to another hour and count there. A line that a rival metered is none of
    ours: the record that met it is DISPUTED, or METERED by the one mistake that ADR 0003 accepts.
    """
    for account, expected in evidence.expected.items():
        billed, visible = Decimal(0), Decimal(0)
        for name, record in evidence.of_account(account):
            if evidence.is_billed(name) and not evidence.is_doubtful(name):
                billed += evidence.lines[name].quantity
            elif record.state in NOT_BILLED or record.state is RecordState.METERED:
                visible += record.units
            visible += record.included
        visible += evidence.withheld.get(account, Decimal(0))
        if not expected.allows(billed + visible):
            yield (
                f"units_are_conserved: {account}: sent {expected.units} and {expected.choices}, "
                f"billed {billed}, visible {visible}"
            )


def metered_is_billed(evidence: Evidence) -> Breaches:
    """Hold property 2: what is METERED is exactly what AWS bills, line by line, tag by tag.

    An EXPIRED record may be billed: that is what nobody could know. So may a zero, which ends
    CARRIED because nobody has to look after it.
    """
    foreign = evidence.world.foreign
    sent = evidence.world.deployment.client.sent
    for name, record in evidence.records.items():
        line = evidence.lines.get(name)
        if name in foreign:
            # After a lost answer a foreign duplicate cannot be told from our own (ADR 0003), and
            # after the loss of a table neither.
            if (
                not evidence.is_doubtful(name)
                and record.state is RecordState.METERED
                and record.status.sends == 1
                and sent.sends(name) == 1
            ):
                yield f"metered_is_billed: {name} is METERED, but a rival's line is billed"
            continue
        if record.state is RecordState.METERED and line is None:
            yield f"metered_is_billed: {name} is METERED, but not billed"
        if line is not None and not evidence.is_doubtful(name):
            yield from _differences_of_line(name, record, line)
    for name in evidence.lines.keys() - evidence.records.keys() - foreign.keys():
        if not evidence.is_doubtful(name):
            yield f"metered_is_billed: {name} is billed, but there is no record"


def _differences_of_line(name: RecordName, record: MeteringRecord, line: BilledRecord) -> Breaches:
    may_be_billed = record.state in (RecordState.METERED, RecordState.EXPIRED)
    if not may_be_billed and record.units:
        yield f"metered_is_billed: {name} is billed, but {record.state}"
    if line.quantity != record.units:
        yield f"metered_is_billed: {name} bills {line.quantity}, not {record.units}"
    ours = [(one.quantity, one.tags) for one in record.sealed.allocations]
    if sorted((one.quantity, one.tags) for one in line.allocations) != sorted(ours):
        yield f"metered_is_billed: {name} bills other allocations"


def frozen_means_frozen(evidence: Evidence) -> Breaches:
    """Hold property 3: each hour of a meter is frozen once, and every send has the same words."""
    for name in evidence.repeated:
        yield f"frozen_means_frozen: {name} was frozen more than once"
    for name, wordings in evidence.world.deployment.client.sent.wordings.items():
        if len(wordings) > 1 and not evidence.is_doubtful(name):
            yield f"frozen_means_frozen: {name} was sent as {sorted(wordings)}"


def calls_are_bounded(evidence: Evidence) -> Breaches:
    """Hold property 8: at most 25 records, under a megabyte, one product."""
    for breach in evidence.world.deployment.client.sent.breaches:
        yield f"calls_are_bounded: {breach}"
    for refusal in evidence.world.marketplace.refusals():
        if "one product" in refusal.message or refusal.code == "ValidationException":
            yield f"calls_are_bounded: {refusal.message}"


def nothing_is_sent_late(evidence: Evidence) -> Breaches:
    """Hold property 6: no call is made after its deadline.

    Only where nothing stalls: a call may be held up between the look at the clock and the network.
    """
    if evidence.world.plan.is_punctual:
        for (_, dimension, hour), sent_at in evidence.world.deployment.client.sent.last_at.items():
            if sent_at >= deadline_of(hour):
                yield f"nothing_is_sent_late: {dimension} of {hour} was sent at {sent_at}"


def nothing_is_unfinished(evidence: Evidence) -> Breaches:
    """Hold property 7: every record came to an end, nothing is due, and every log balances.

    It does so to the accounting itself, too: that never found a difference, at any moment; unless
    it could not read what another version wrote.
    """
    deployment = evidence.world.deployment
    ledger = deployment.ledger.inner
    for name, record in evidence.records.items():
        if record.state in UNFINISHED:
            yield f"nothing_is_unfinished: {name} is {record.state}, {record.status.reason}"
    for due in ledger.due(now=None, count_max=_DUE_SHOWN_MAX):
        yield f"nothing_is_unfinished: {due.key} is due at {due.due_at}"
    for trouble in missing_places(ledger):
        yield f"nothing_is_unfinished: {trouble}"
    if deployment.report.metrics["AccountingDifferences"] and not evidence.world.plan.has_rollout:
        yield "nothing_is_unfinished: the accounting found a difference"


def nothing_leaves_the_queue_unseen(evidence: Evidence) -> Breaches:
    """Hold property 4: each message is gone, its valid events in manifests, its others rejected."""
    world = evidence.world
    queue = world.deployment.queue
    if queue.messages or queue.dead:
        yield f"nothing_leaves_the_queue_unseen: {sorted({*queue.messages, *queue.dead})} are left"
    rejected = {
        (body["message_id"], one["position"] or 0)
        for body in queue.rejected_bodies
        for one in rejections_in(body)
    }
    for message_id, sending in world.model.sendings.items():
        if message_id in world.model.redriven.values():
            continue
        for identity in world.model.identities(message_id):
            if identity not in evidence.journalled:
                yield f"nothing_leaves_the_queue_unseen: {message_id}: {identity} was lost"
        for place in sending.invalid:
            if (message_id, place) not in rejected:
                yield f"nothing_leaves_the_queue_unseen: {message_id}/{place} was not rejected"


def no_end_is_silent(evidence: Evidence) -> Breaches:
    """Hold property 4: what is neither METERED nor INCLUDED has a reason.

    Its log line and metric may be lost with a process that crashes after the step; what makes its
    units visible all the same is the accounting, which `nothing_is_unfinished` balances.
    """
    for name, record in evidence.records.items():
        is_good = record.state in (RecordState.METERED, RecordState.INCLUDED)
        if not is_good and not record.status.reason:
            yield f"no_end_is_silent: {name} is {record.state} without a reason"


def one_bad_record_harms_no_other(evidence: Evidence) -> Breaches:
    """Hold property 5: where no deadline was missed, usage that AWS would take is METERED.

    A registration that failed at first may come when there was no time left to bill the usage, and
    in showers so many sends may fail one after the other that the time runs out.
    """
    world = evidence.world
    climates = (Climate.CALM, Climate.OUTAGE, Climate.SHOWERS)
    if world.plan.climate not in climates or world.plan.disaster is not None:
        return
    steady = steady_buyers(evidence)
    for name, record in evidence.records.items():
        if record.status.reason == Reason.SPIKE_REJECTED:
            continue
        buyer, dimension = evidence.accounts[name]
        if buyer not in steady or dimension == "no_such_dimension" or name in world.foreign:
            continue
        if record.status.sends >= _SENDS_FAILED_BY_CHANCE and world.plan.climate is Climate.SHOWERS:
            continue
        if record.state in NOT_BILLED and not _was_unknown(evidence, name, record):
            yield f"one_bad_record_harms_no_other: {name} is {record.state}, {record.status.reason}"


def tags_are_kept(evidence: Evidence) -> Breaches:
    """Hold property 2 for tags: what was used under a tag is billed under it, or visible."""
    for account, expected in evidence.expected.items():
        if expected.choices or evidence.withheld.get(account):
            continue
        found: dict[Tags, Decimal] = {}
        records = [record for _, record in evidence.of_account(account)]
        if any(record.included for record in records):
            continue
        for record in records:
            if record.state is RecordState.CARRIED:
                continue
            for part in record.sealed.parts:
                found[part.tags] = found.get(part.tags, Decimal(0)) + part.quantity
        wanted = {tags: quantity for tags, quantity in expected.by_tags.items() if quantity}
        found = {tags: quantity for tags, quantity in found.items() if quantity}
        if found != wanted:
            yield f"tags_are_kept: {account}: sent {wanted}, found {found}"


PROPERTIES: tuple[Callable[[Evidence], Breaches], ...] = (
    units_are_conserved,
    metered_is_billed,
    frozen_means_frozen,
    calls_are_bounded,
    nothing_is_sent_late,
    nothing_is_unfinished,
    nothing_leaves_the_queue_unseen,
    no_end_is_silent,
    one_bad_record_harms_no_other,
    no_unit_leaves_its_hour,
    nothing_is_sent_twice_in_vain,
    tags_are_kept,
    a_lost_table_costs_nobody,
    a_sweep_heals_what_was_lost,
    subscriptions_are_what_aws_holds,
    states_are_folds_of_their_facts,
    nothing_in_time_is_unbilled,
    nobody_pays_for_uncovered_hours,
    nobody_is_billed_under_two_names,
    tenants_usage_counts_once,
    nothing_is_included_twice,
    what_was_carried_is_billed,
)


def judge(world: World) -> list[str]:
    """Return every breach of every property."""
    evidence = gather(world)
    return [breach for check in PROPERTIES for breach in check(evidence)]


def _was_unknown(evidence: Evidence, name: RecordName, record: MeteringRecord) -> bool:
    """Tell whether a buyer became known only when no call could be answered in time."""
    if record.status.reason != Reason.SUBSCRIPTION_UNKNOWN:
        return False
    known_since = evidence.world.deployment.book.known_since
    (buyer,) = (
        one for one in evidence.world.actors.buyers if one.name == evidence.accounts[name][0]
    )
    since_at = min(known_since[key] for key in buyer.keys if key in known_since)
    return since_at >= deadline_of(name[2]) - SEND_MARGIN
