"""The composition root of `track_agreements`, without anything of metering."""

import os
from collections.abc import Callable
from functools import cache

from meterhouse.adapters.reconcile_run import ReconcileRun
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.runtime import clients
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.tracking_settings import (
    TrackingSettings,
    read_products,
    read_tracking_settings,
)
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.track_agreements import TrackAgreements


@cache
def tracking_settings() -> TrackingSettings:
    """Return the settings of `track_agreements`."""
    return read_tracking_settings(os.environ)


def track_agreements(remaining: Callable[[], int]) -> TrackAgreements:
    """Return the use case; `remaining` is `context.get_remaining_time_in_millis`."""
    settings, report = tracking_settings(), LambdaReport()
    keep = KeepSubscriptions(
        folders=FoldersTable(clients.dynamodb(), settings.subscriptions_table),
        products=read_products(os.environ),
        clock=LambdaClock(remaining),
        report=report,
    )
    start_run = ReconcileRun(clients.functions(), settings.reconcile_function)
    return TrackAgreements(keep, start_run, report)
