"""The composition root of the metering functions: which adapters their use cases work with in AWS.

Clients and adapters live as long as the process; use cases are made for each invocation, because
they know how much time it has left.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from meterhouse.adapters.marketplace import METERING_CONFIG, MeteringApi
from meterhouse.adapters.rejected_usage import RejectedUsageQueue
from meterhouse.adapters.subscriptions_table.book import SubscriptionsTable
from meterhouse.adapters.subscriptions_table.tenants import TenantsTable
from meterhouse.adapters.usage_queue import UsageQueueView
from meterhouse.adapters.usage_table.call_quota import SharedCallQuota
from meterhouse.adapters.usage_table.layout import LaidOutUsageTable
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.errors import StorageUnavailableError
from meterhouse.runtime import clients
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.settings import (
    MeteringSettings,
    read_metering_settings,
    read_rejected_queue_url,
)
from meterhouse.runtime.usage_settings import read_late_usage_max
from meterhouse.runtime.workers import ThreadWorkers
from meterhouse.use_cases import assembly
from meterhouse.use_cases.drain_usage import DrainUsage
from meterhouse.use_cases.journal.append_usage import Beliefs

if TYPE_CHECKING:
    from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements

RemainingTime = Callable[[], int]
"""Lambda's `context.get_remaining_time_in_millis`."""


@cache
def metering_settings() -> MeteringSettings:
    """Return the settings of the metering functions."""
    return read_metering_settings(os.environ)


def drain_usage(remaining: RemainingTime) -> DrainUsage:
    """Return the use case of `drain_usage`."""
    ports = metering_ports(remaining)
    policy = replace(ports.policy, late_max=read_late_usage_max(os.environ))
    return assembly.drain_usage(replace(ports, policy=policy), _rejected_usage())


def metering_ports(remaining: RemainingTime) -> assembly.Ports:
    """Return the world of one invocation of a metering function."""
    settings = metering_settings()
    is_fenced, lost_until = _restore_of_table()
    clock = LambdaClock(remaining)
    return assembly.Ports(
        ledger=usage_table(),
        subscriptions=_subscriptions(settings.subscriptions_table),
        tenants=_tenants(settings.subscriptions_table),
        queue=_usage_queue(),
        metering=_metering_api(),
        quota=_call_quota(),
        workers=ThreadWorkers(),
        clock=clock,
        report=LambdaReport(),
        policy=MeteringPolicy(
            settle=settings.settle,
            quiet=settings.quiet,
            heartbeat=settings.heartbeat,
            shards=settings.shards,
            is_fenced=is_fenced,
            lost_until=lost_until,
            spikes=settings.spikes,
            included=settings.included,
        ),
        beliefs=_beliefs(),
        new_token=secrets.token_hex,
        fold_events_max=settings.fold_events_max,
        ask_entitlements=_ask_entitlements(clock) if settings.included else None,
    )


def _ask_entitlements(clock: LambdaClock) -> "AskEntitlements":
    # Few include anything, and nobody else waits for the import (ADR 0016).
    from meterhouse.runtime.entitlement_wiring import ask_entitlements  # noqa: PLC0415

    return ask_entitlements(clock)


def _restore_of_table() -> tuple[bool, datetime | None]:
    """Tell whether the table is fenced, and until when a lost one may have billed.

    A drain that cannot ask still has messages to give back, and bills nothing.
    """
    try:
        layout = usage_table().hold()
    except StorageUnavailableError:
        return True, None
    return layout.is_fenced, layout.lost_until


@cache
def _beliefs() -> Beliefs:
    return Beliefs()


@cache
def _metering_api() -> MeteringApi:
    return MeteringApi(clients.metering(METERING_CONFIG))


@cache
def _subscriptions(table_name: str) -> SubscriptionsTable:
    return SubscriptionsTable(clients.dynamodb(), table_name, LambdaReport())


@cache
def _tenants(table_name: str) -> TenantsTable:
    return TenantsTable(clients.dynamodb(), table_name, LambdaReport())


@cache
def usage_table() -> LaidOutUsageTable:
    """Return the UsageTable."""
    settings = metering_settings()
    return LaidOutUsageTable(
        clients.dynamodb(),
        settings.usage_table,
        settings.shards,
        is_attached=settings.is_table_attached,
    )


@cache
def _call_quota() -> SharedCallQuota:
    settings = metering_settings()
    return SharedCallQuota(
        clients.dynamodb(), settings.usage_table, calls_per_second=settings.calls_per_second
    )


@cache
def _usage_queue() -> UsageQueueView:
    settings = metering_settings()
    return UsageQueueView(
        clients.sqs(), settings.usage_queue_url, clients.dynamodb(), settings.usage_table
    )


@cache
def _rejected_usage() -> RejectedUsageQueue:
    return RejectedUsageQueue(clients.sqs(), read_rejected_queue_url(os.environ), LambdaReport())
