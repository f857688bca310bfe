"""The composition root of `track_agreements` and `sweep_agreements`: nothing of metering."""

import os
from collections.abc import Callable
from functools import cache

from meterhouse.adapters.agreements import AGREEMENTS_CONFIG, AGREEMENTS_REGION, AgreementsApi
from meterhouse.adapters.reconcile_run import ReconcileRun
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.sweeps import SweepsTable
from meterhouse.runtime import clients
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.tracking_settings import (
    TrackingSettings,
    read_products,
    read_tracking_settings,
)
from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.sweep_agreements import SweepAgreements
from meterhouse.use_cases.subscriptions.sweep_entitlements import SweepEntitlements
from meterhouse.use_cases.subscriptions.track_agreements import TrackAgreements


@cache
def tracking_settings() -> TrackingSettings:
    """Return the settings of `track_agreements` and `sweep_agreements`."""
    return read_tracking_settings(os.environ)


def track_agreements(remaining: Callable[[], int]) -> TrackAgreements:
    """Return the use case; `remaining` is `context.get_remaining_time_in_millis`."""
    ask = _ask_entitlements(LambdaClock(remaining))
    return TrackAgreements(_keep(remaining), _start_run(), LambdaReport(), ask)


def sweep_agreements(remaining: Callable[[], int]) -> SweepAgreements:
    """Return the use case; `remaining` is `context.get_remaining_time_in_millis`."""
    report, clock = LambdaReport(), LambdaClock(remaining)
    book = SweepsTable(clients.dynamodb(), tracking_settings().subscriptions_table, report)
    ask = _ask_entitlements(clock)
    return SweepAgreements(
        agreements=AgreementsApi(clients.agreements(AGREEMENTS_REGION, AGREEMENTS_CONFIG)),
        book=book,
        keep=_keep(remaining),
        start_run=_start_run(),
        clock=clock,
        report=report,
        entitlements=None if ask is None else SweepEntitlements(ask, book.living, clock, report),
    )


def _ask_entitlements(clock: LambdaClock) -> AskEntitlements | None:
    if not tracking_settings().reads_entitlements:
        return None
    # Who does not ask must not wait for the import (ADR 0016).
    from meterhouse.runtime.entitlement_wiring import ask_entitlements  # noqa: PLC0415

    return ask_entitlements(clock)


def _keep(remaining: Callable[[], int]) -> KeepSubscriptions:
    return KeepSubscriptions(
        folders=FoldersTable(clients.dynamodb(), tracking_settings().subscriptions_table),
        products=read_products(os.environ),
        clock=LambdaClock(remaining),
        report=LambdaReport(),
    )


def _start_run() -> ReconcileRun:
    return ReconcileRun(clients.functions(), tracking_settings().reconcile_function)
