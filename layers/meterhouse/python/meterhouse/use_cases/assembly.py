"""How the metering use cases are put together from ports, the same for AWS and for every test.

What only a scheduled run does is in `reconcile_assembly`: a drain starts without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.marketplace import CallQuota, Metering
from meterhouse.ports.process import Clock, Report, Workers
from meterhouse.ports.queues import RejectedUsage, UsageQueue
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.ports.tenants import TenantBook
from meterhouse.use_cases.accounting.balance_log import BalanceLog
from meterhouse.use_cases.accounting.file_day import FileDay
from meterhouse.use_cases.billing.carry_usage import CarryUsage
from meterhouse.use_cases.billing.close_log import CloseLog, FindAllowances, FindNorms
from meterhouse.use_cases.billing.send_records import SendRecords
from meterhouse.use_cases.billing.step_batch import StepBatch
from meterhouse.use_cases.billing.submit_usage import SubmitUsage
from meterhouse.use_cases.drain_usage import DrainUsage
from meterhouse.use_cases.journal.append_usage import AppendUsage, Beliefs
from meterhouse.use_cases.journal.name_tenants import NameTenants
from meterhouse.use_cases.journal.recover_segments import RecoverSegments

if TYPE_CHECKING:
    from meterhouse.use_cases.billing.find_allowances import AskEntitlements


@dataclass(frozen=True, slots=True)
class Ports:
    """The world of one invocation of a metering function.

    `beliefs` outlives it; `new_token` returns texts that nobody else returns. Where units are
    included AWS has to be asked for entitlements.
    """

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    tenants: TenantBook
    queue: UsageQueue
    metering: Metering
    quota: CallQuota
    workers: Workers
    clock: Clock
    report: Report
    policy: MeteringPolicy
    beliefs: Beliefs
    new_token: Callable[[], str]
    fold_events_max: int = FOLD_EVENTS_MAX
    ask_entitlements: "AskEntitlements | None" = None


def drain_usage(ports: Ports, rejected: RejectedUsage) -> DrainUsage:
    """Return the use case of the function `drain_usage`."""
    append = AppendUsage(
        ports.ledger, ports.beliefs, ports.workers, ports.clock, ports.report, ports.policy
    )
    submit = submit_usage(ports)
    return DrainUsage(append, rejected, ports.queue, submit, ports.clock, ports.report)


def submit_usage(ports: Ports) -> SubmitUsage:
    """Return the use case that drain and reconcile share."""
    ledger, clock, report = ports.ledger, ports.clock, ports.report
    carry = CarryUsage(ledger, clock, report, ports.policy)
    sender = SendRecords(
        ledger, ports.subscriptions, ports.metering, ports.quota, clock, report, ports.policy
    )
    return SubmitUsage(
        ledger=ledger,
        subscriptions=ports.subscriptions,
        queue=ports.queue,
        close_log=CloseLog(
            ledger=ledger,
            subscriptions=ports.subscriptions,
            carry=carry,
            recover=RecoverSegments(ledger, clock, report),
            name_tenants=NameTenants(ledger, ports.subscriptions, ports.tenants, clock),
            find_norms=_find_norms(ports),
            find_allowances=_find_allowances(ports, sender.must_stop),
            clock=clock,
            report=report,
            policy=ports.policy,
            new_token=ports.new_token,
            must_stop=sender.must_stop,
            fold_events_max=ports.fold_events_max,
        ),
        step_batch=StepBatch(ledger, ports.subscriptions, carry, clock, report, ports.policy),
        balance_log=BalanceLog(ledger, clock, report, ports.fold_events_max),
        file_day=FileDay(
            ledger, ports.workers, clock, report, sender.must_stop, ports.policy.shards
        ),
        sender=sender,
        workers=ports.workers,
        clock=clock,
        report=report,
        policy=ports.policy,
    )


def _find_norms(ports: Ports) -> FindNorms:
    if not ports.policy.spikes.factor:
        return lambda _log, _fold: {}
    # Few switch it on, and nobody else waits for its import.
    from meterhouse.use_cases.billing import find_norms  # noqa: PLC0415

    return find_norms.FindNorms(ports.ledger, ports.workers, ports.report, ports.policy.spikes)


def _find_allowances(ports: Ports, must_stop: Callable[[], bool]) -> FindAllowances:
    if not ports.policy.included:
        return lambda _hour_at, _meters, _known: {}
    # Few include anything, and nobody else waits for its import.
    from meterhouse.use_cases.billing import find_allowances  # noqa: PLC0415

    assert ports.ask_entitlements is not None
    return find_allowances.FindAllowances(
        ledger=ports.ledger,
        ask=ports.ask_entitlements,
        report=ports.report,
        rules=ports.policy.included,
        clock=ports.clock,
        must_stop=must_stop,
    )
