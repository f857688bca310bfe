"""The composition root of the scheduled run: what only it needs, beside what `wiring` has."""

import os
from dataclasses import replace
from functools import cache

from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.runtime import clients, wiring
from meterhouse.runtime.settings import read_final_usage
from meterhouse.runtime.tracking_settings import read_products
from meterhouse.use_cases import reconcile_assembly
from meterhouse.use_cases.reconcile_usage import ReconcileUsage
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions


def reconcile_usage(remaining: wiring.RemainingTime) -> ReconcileUsage:
    """Return the use case of `reconcile_usage`."""
    wiring.usage_table().hold()
    ports = wiring.metering_ports(remaining)
    policy = replace(ports.policy, final_usage=read_final_usage(os.environ))
    keep = KeepSubscriptions(_folders(), read_products(os.environ), ports.clock, ports.report)
    return reconcile_assembly.reconcile_usage(replace(ports, policy=policy), keep)


@cache
def _folders() -> FoldersTable:
    return FoldersTable(clients.dynamodb(), wiring.metering_settings().subscriptions_table)
