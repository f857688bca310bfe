"""How the scheduled run is put together from ports; see `assembly`."""

from meterhouse.ports.subscriptions import SubscriptionKeeper
from meterhouse.use_cases.accounting.measure_final_risk import MeasureFinalRisk
from meterhouse.use_cases.accounting.measure_risk import MeasureRisk
from meterhouse.use_cases.assembly import Ports, submit_usage
from meterhouse.use_cases.billing.decide_spike import DecideSpike
from meterhouse.use_cases.billing.final_hours import BillFinalHours
from meterhouse.use_cases.billing.flush_subscriptions import FlushSubscriptions
from meterhouse.use_cases.billing.obey_commands import ObeyCommands
from meterhouse.use_cases.billing.redrive_record import RedriveRecord
from meterhouse.use_cases.billing.settle_record import SettleRecord
from meterhouse.use_cases.reconcile_usage import ReconcileUsage
from meterhouse.use_cases.subscriptions.note_suspicions import NoteSuspicions


def reconcile_usage(ports: Ports, keeper: SubscriptionKeeper) -> ReconcileUsage:
    """Return the use case of the function `reconcile_usage`."""
    ledger, clock, report = ports.ledger, ports.clock, ports.report
    submit = submit_usage(ports)
    return ReconcileUsage(
        ledger=ledger,
        obey=ObeyCommands(
            redrive=RedriveRecord(
                ledger, ports.subscriptions, submit.close_log.carry, clock, report, ports.policy
            ),
            settle=SettleRecord(ledger, report, ports.policy.shards),
            decide_spike=DecideSpike(ledger, clock, report, ports.policy.shards),
            report=report,
        ),
        final_hours=BillFinalHours(
            subscriptions=ports.subscriptions,
            keeper=keeper,
            flush=FlushSubscriptions(ledger, ports.subscriptions, submit, clock, report),
            measure=MeasureFinalRisk(
                ledger,
                submit.close_log.name_tenants,
                clock,
                report,
                ports.policy.shards,
                ports.fold_events_max,
            ),
            clock=clock,
            report=report,
            final_usage=ports.policy.final_usage,
        ),
        submit=submit,
        measure_risk=MeasureRisk(
            ledger,
            clock,
            report,
            ports.policy.settle,
            holds_spikes=ports.policy.spikes.factor > 0,
        ),
        note_suspicions=NoteSuspicions(keeper, clock, report),
        clock=clock,
        report=report,
    )
