"""The composition root of `track_agreements`, without anything of metering."""

import os
from collections.abc import Callable
from functools import cache

from meterhouse.adapters.reconcile_run import ReconcileRun
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.runtime import clients
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.environ import names, text
from meterhouse.runtime.observability import LambdaReport
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.track_agreements import TrackAgreements


@cache
def _products() -> Products:
    return Products(names(os.environ, "PRODUCT_CODES"), names(os.environ, "LEGACY_PRODUCT_CODES"))


def track_agreements(remaining: Callable[[], int]) -> TrackAgreements:
    """Return the use case; `remaining` is `context.get_remaining_time_in_millis`."""
    report = LambdaReport()
    keep = KeepSubscriptions(
        folders=FoldersTable(clients.dynamodb(), text(os.environ, "SUBSCRIPTIONS_TABLE")),
        products=_products(),
        clock=LambdaClock(remaining),
        report=report,
    )
    start_run = ReconcileRun(clients.functions(), text(os.environ, "RECONCILE_FUNCTION"))
    return TrackAgreements(keep, start_run, report)
