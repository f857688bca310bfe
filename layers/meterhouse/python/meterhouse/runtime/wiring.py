"""The composition root: which adapters the use cases work with in AWS.

Clients and adapters live as long as the process; use cases are made for each invocation, because
they know how much time it has left.
"""

import os
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cache

import boto3
from botocore.config import Config

from meterhouse.adapters.marketplace import METERING_CONFIG, RESOLVE_CONFIG, MeteringApi
from meterhouse.adapters.rejected_usage import RejectedUsageQueue
from meterhouse.adapters.subscriptions_table import SubscriptionsTable
from meterhouse.adapters.usage_queue import UsageQueueView
from meterhouse.adapters.usage_table.call_quota import SharedCallQuota
from meterhouse.adapters.usage_table.layout import LaidOutUsageTable
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.errors import StorageUnavailableError
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.settings import (
    MeteringSettings,
    RegistrationSettings,
    read_metering_settings,
    read_registration_settings,
    read_rejected_queue_url,
)
from meterhouse.runtime.workers import ThreadWorkers
from meterhouse.use_cases import assembly
from meterhouse.use_cases.drain_usage import DrainUsage
from meterhouse.use_cases.journal.append_usage import Beliefs
from meterhouse.use_cases.reconcile_usage import ReconcileUsage
from meterhouse.use_cases.subscriptions.register_customer import RegisterCustomer
from meterhouse.web.registration import RegistrationWeb
from meterhouse.web.registration_pages import Pages

RemainingTime = Callable[[], int]
"""Lambda's `context.get_remaining_time_in_millis`."""

# DynamoDB answers in milliseconds; what hangs is better tried again. Every write of ours is safe to
# repeat, and the pool is wider than the parallel writes. The longest that a call can take, with its
# tries and pauses, is what use cases leave time for; a test adds it up.
TABLE_CONFIG = Config(
    connect_timeout=2,
    read_timeout=6,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 5},
)
# What fails is done again on redelivery, and a drain that hangs gives all its messages back.
QUEUE_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
_REFERENCE_BYTES = 32


@cache
def registration_settings() -> RegistrationSettings:
    """Return the settings of `register_customer`."""
    return read_registration_settings(os.environ)


@cache
def metering_settings() -> MeteringSettings:
    """Return the settings of the metering functions."""
    return read_metering_settings(os.environ)


def registration_web(remaining: RemainingTime) -> RegistrationWeb:
    """Return what answers requests to `register_customer`."""
    settings, report = registration_settings(), LambdaReport()
    register = RegisterCustomer(
        marketplace=_resolving_api(),
        subscriptions=_subscriptions(settings.subscriptions_table),
        clock=LambdaClock(remaining),
        report=report,
        new_reference=lambda: secrets.token_urlsafe(_REFERENCE_BYTES),
    )
    pages = Pages(seller_name=settings.seller_name, support_contact=settings.support_contact)
    return RegistrationWeb(register, pages, report, settings.signup_url)


def drain_usage(remaining: RemainingTime) -> DrainUsage:
    """Return the use case of `drain_usage`."""
    return assembly.drain_usage(_metering_ports(remaining), _rejected_usage())


def reconcile_usage(remaining: RemainingTime) -> ReconcileUsage:
    """Return the use case of `reconcile_usage`."""
    _usage_table().hold()
    return assembly.reconcile_usage(_metering_ports(remaining))


def _metering_ports(remaining: RemainingTime) -> assembly.Ports:
    settings = metering_settings()
    is_fenced, lost_until = _restore_of_table()
    return assembly.Ports(
        ledger=_usage_table(),
        subscriptions=_subscriptions(settings.subscriptions_table),
        queue=_usage_queue(),
        metering=_metering_api(),
        quota=_call_quota(),
        workers=ThreadWorkers(),
        clock=LambdaClock(remaining),
        report=LambdaReport(),
        policy=MeteringPolicy(
            settle=settings.settle,
            quiet=settings.quiet,
            heartbeat=settings.heartbeat,
            shards=settings.shards,
            is_fenced=is_fenced,
            lost_until=lost_until,
        ),
        beliefs=_beliefs(),
        new_token=secrets.token_hex,
        fold_events_max=settings.fold_events_max,
    )


def _restore_of_table() -> tuple[bool, datetime | None]:
    """Tell whether the table is fenced, and until when a lost one may have billed.

    A drain that cannot ask still has messages to give back, and bills nothing.
    """
    try:
        layout = _usage_table().hold()
    except StorageUnavailableError:
        return True, None
    return layout.is_fenced, layout.lost_until


@cache
def _beliefs() -> Beliefs:
    return Beliefs()


@cache
def _resolving_api() -> MeteringApi:
    return MeteringApi(boto3.client("meteringmarketplace", config=RESOLVE_CONFIG))


@cache
def _metering_api() -> MeteringApi:
    return MeteringApi(boto3.client("meteringmarketplace", config=METERING_CONFIG))


@cache
def _subscriptions(table_name: str) -> SubscriptionsTable:
    client = boto3.client("dynamodb", config=TABLE_CONFIG)
    return SubscriptionsTable(client, table_name, LambdaReport())


@cache
def _usage_table() -> LaidOutUsageTable:
    settings = metering_settings()
    client = boto3.client("dynamodb", config=TABLE_CONFIG)
    return LaidOutUsageTable(
        client, settings.usage_table, settings.shards, is_attached=settings.is_table_attached
    )


@cache
def _call_quota() -> SharedCallQuota:
    settings = metering_settings()
    client = boto3.client("dynamodb", config=TABLE_CONFIG)
    return SharedCallQuota(client, settings.usage_table, calls_per_second=settings.calls_per_second)


@cache
def _usage_queue() -> UsageQueueView:
    settings = metering_settings()
    return UsageQueueView(
        boto3.client("sqs", config=QUEUE_CONFIG),
        settings.usage_queue_url,
        boto3.client("dynamodb", config=TABLE_CONFIG),
        settings.usage_table,
    )


@cache
def _rejected_usage() -> RejectedUsageQueue:
    client = boto3.client("sqs", config=QUEUE_CONFIG)
    return RejectedUsageQueue(client, read_rejected_queue_url(os.environ), LambdaReport())
