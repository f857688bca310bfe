"""The composition root: which adapters the use cases work with in AWS.

Clients and adapters live as long as the process; use cases are made for each invocation, because
they know how much time it has left.
"""

import os
import secrets
from collections.abc import Callable
from functools import cache

import boto3
from botocore.config import Config

from meterhouse.adapters.call_quota import SharedCallQuota
from meterhouse.adapters.metering_api import METERING_CONFIG, RESOLVE_CONFIG, MeteringApi
from meterhouse.adapters.rejected_usage import RejectedUsageQueue
from meterhouse.adapters.subscriptions_table import SubscriptionsTable
from meterhouse.adapters.usage_queue import UsageQueueView
from meterhouse.adapters.usage_table import UsageTable
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.pages import Pages
from meterhouse.runtime.registration_web import RegistrationWeb
from meterhouse.runtime.settings import (
    MeteringSettings,
    RegistrationSettings,
    read_metering_settings,
    read_registration_settings,
    read_rejected_queue_url,
)
from meterhouse.runtime.workers import ThreadWorkers
from meterhouse.use_cases.account_share import AccountShare
from meterhouse.use_cases.account_usage import AccountUsage
from meterhouse.use_cases.drain_usage import DrainUsage
from meterhouse.use_cases.flush_subscription import FlushSubscription
from meterhouse.use_cases.keep_heartbeat import KeepHeartbeat
from meterhouse.use_cases.reconcile_usage import ReconcileUsage
from meterhouse.use_cases.redrive_record import RedriveRecord
from meterhouse.use_cases.register_customer import RegisterCustomer
from meterhouse.use_cases.send_records import SendRecords
from meterhouse.use_cases.submit_records import MeteringPolicy, SubmitRecords

RemainingTime = Callable[[], int]
"""Lambda's `context.get_remaining_time_in_millis`."""

# DynamoDB answers in milliseconds; what hangs is better tried again. Transactions and conditional
# writes are safe to repeat, and the pool is as wide as the journal's parallel writes.
_TABLE_CONFIG = Config(
    connect_timeout=2,
    read_timeout=6,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 6},
)
_QUEUE_CONFIG = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
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
    return DrainUsage(
        ledger=_usage_table(),
        rejected=_rejected_usage(),
        queue=_usage_queue(),
        submit=_submit_records(remaining),
        workers=ThreadWorkers(),
        clock=LambdaClock(remaining),
        report=LambdaReport(),
    )


def reconcile_usage(remaining: RemainingTime) -> ReconcileUsage:
    """Return the use case of `reconcile_usage`."""
    settings, report, clock = metering_settings(), LambdaReport(), LambdaClock(remaining)
    submit = _submit_records(remaining)
    return ReconcileUsage(
        ledger=_usage_table(),
        redrive=RedriveRecord(_usage_table(), clock, report, settings.settle),
        flush=FlushSubscription(_usage_table(), submit, report),
        heartbeat=KeepHeartbeat(
            ledger=_usage_table(),
            subscriptions=_subscriptions(settings.subscriptions_table),
            workers=ThreadWorkers(),
            clock=clock,
            report=report,
            settle=settings.settle,
        ),
        submit=submit,
        account=AccountShare(_usage_table(), AccountUsage(_usage_table(), report), clock, report),
        clock=clock,
        report=report,
    )


def _submit_records(remaining: RemainingTime) -> SubmitRecords:
    settings, clock, report = metering_settings(), LambdaClock(remaining), LambdaReport()
    policy = MeteringPolicy(
        settle=settings.settle, quiet=settings.quiet, heartbeat=settings.heartbeat
    )
    return SubmitRecords(
        ledger=_usage_table(),
        subscriptions=_subscriptions(settings.subscriptions_table),
        queue=_usage_queue(),
        sender=SendRecords(
            ledger=_usage_table(),
            metering=_metering_api(),
            quota=_call_quota(),
            clock=clock,
            report=report,
            settle=settings.settle,
        ),
        workers=ThreadWorkers(),
        clock=clock,
        report=report,
        policy=policy,
    )


@cache
def _resolving_api() -> MeteringApi:
    return MeteringApi(boto3.client("meteringmarketplace", config=RESOLVE_CONFIG))


@cache
def _metering_api() -> MeteringApi:
    return MeteringApi(boto3.client("meteringmarketplace", config=METERING_CONFIG))


@cache
def _subscriptions(table_name: str) -> SubscriptionsTable:
    client = boto3.client("dynamodb", config=_TABLE_CONFIG)
    return SubscriptionsTable(client, table_name, LambdaReport())


@cache
def _usage_table() -> UsageTable:
    client = boto3.client("dynamodb", config=_TABLE_CONFIG)
    return UsageTable(client, metering_settings().usage_table, LambdaReport())


@cache
def _call_quota() -> SharedCallQuota:
    settings = metering_settings()
    client = boto3.client("dynamodb", config=_TABLE_CONFIG)
    return SharedCallQuota(client, settings.usage_table, calls_per_second=settings.calls_per_second)


@cache
def _usage_queue() -> UsageQueueView:
    settings = metering_settings()
    return UsageQueueView(
        boto3.client("sqs", config=_QUEUE_CONFIG),
        settings.usage_queue_url,
        boto3.client("dynamodb", config=_TABLE_CONFIG),
        settings.usage_table,
    )


@cache
def _rejected_usage() -> RejectedUsageQueue:
    client = boto3.client("sqs", config=_QUEUE_CONFIG)
    return RejectedUsageQueue(client, read_rejected_queue_url(os.environ), LambdaReport())
