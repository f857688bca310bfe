"""The composition root of `serve_seller_api`, and the table of its routes: a row each."""

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from meterhouse.adapters.reconcile_run import ReconcileRun
from meterhouse.adapters.subscriptions_table.contacts import ContactsTable
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.listing import StatesTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.adapters.subscriptions_table.tenants import TenantsTable
from meterhouse.adapters.usage_intake import UsageIntakeQueue
from meterhouse.runtime import clients
from meterhouse.runtime.api_settings import ApiSettings, read_api_settings
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.tracking_settings import read_products
from meterhouse.runtime.usage_settings import (
    read_included,
    read_late_usage_max,
    read_usage_queue_url,
)
from meterhouse.use_cases.accept_usage import AcceptUsage
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.link_tenants import LinkTenants
from meterhouse.use_cases.subscriptions.read_subscriptions import ReadHistory
from meterhouse.use_cases.subscriptions.redeem_registration import RedeemRegistration
from meterhouse.use_cases.subscriptions.say_stopped import SayStopped
from meterhouse.web.api_allowances import AllowanceRoutes
from meterhouse.web.api_contacts import ContactRoutes
from meterhouse.web.api_sign_up import SignUpRoutes
from meterhouse.web.api_subscriptions import SubscriptionRoutes
from meterhouse.web.api_tenants import TenantRoutes
from meterhouse.web.api_usage import UsageRoutes
from meterhouse.web.api_usage_reports import UsageReportRoutes
from meterhouse.web.seller_api import Route, SellerApi

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meterhouse.use_cases.accounting.read_allowances import ReadAllowances
    from meterhouse.use_cases.accounting.read_usage import ReadUsage


@cache
def api_settings() -> ApiSettings:
    """Return the settings of `serve_seller_api`."""
    return read_api_settings(os.environ)


def seller_api(remaining: Callable[[], int]) -> SellerApi:
    """Return what answers requests; `remaining` is `context.get_remaining_time_in_millis`."""
    return SellerApi(routes(remaining), LambdaReport())


def routes(remaining: Callable[[], int]) -> "Mapping[str, Route]":
    """Return who serves each signed route of the template's HTTP API."""
    settings, report, clock = api_settings(), LambdaReport(), LambdaClock(remaining)
    table = settings.subscriptions_table
    states = StatesTable(clients.dynamodb(), table, report)
    folders = FoldersTable(clients.dynamodb(), table)
    keep = KeepSubscriptions(folders, read_products(os.environ), clock, report)
    start_run = ReconcileRun(clients.functions(), settings.reconcile_function)
    stop = SayStopped(keep, start_run, report)
    references = ReferencesTable(clients.dynamodb(), table)
    sign_up = SignUpRoutes(RedeemRegistration(references, states, clock, report))
    usage_reports = UsageReportRoutes(states, _read_usage, clock)
    allowances = AllowanceRoutes(states, _read_allowances, clock)
    links = TenantsTable(clients.dynamodb(), table, report)
    linking = LinkTenants(links, links, folders, keep, clock)
    tenants = TenantRoutes(linking)
    subscriptions = SubscriptionRoutes(states, ReadHistory(folders), stop, linking, clock)
    book = ContactsTable(clients.dynamodb(), table)
    contacts = ContactRoutes(states, book, clock, report)
    intake = UsageIntakeQueue(clients.sqs(), read_usage_queue_url(os.environ))
    usage = UsageRoutes(AcceptUsage(intake, read_late_usage_max(os.environ), clock, report))
    return {
        "GET /subscriptions": subscriptions.find,
        "GET /subscriptions/{subscription}": subscriptions.show,
        "GET /subscriptions/{subscription}/history": subscriptions.history,
        "GET /subscriptions/{subscription}/allowances": allowances.show,
        "GET /subscriptions/{subscription}/usage": usage_reports.report,
        "POST /registrations/redeem": sign_up.redeem,
        "POST /subscriptions/{subscription}/stopped": subscriptions.stopped,
        "GET /contacts/{subscription}": contacts.show,
        "DELETE /contacts/{subscription}": contacts.forget,
        "GET /tenants/{tenant}": tenants.show,
        "PUT /tenants/{tenant}/subscriptions/{subscription}": tenants.link,
        "DELETE /tenants/{tenant}/subscriptions/{subscription}": tenants.unlink,
        "POST /usage": usage.send,
    }


def _read_usage() -> "ReadUsage":
    # A route that does not ask for usage must not wait for the imports (ADR 0016).
    from meterhouse.adapters.usage_table.ledger import UsageTable  # noqa: PLC0415
    from meterhouse.use_cases.accounting.read_usage import ReadUsage  # noqa: PLC0415

    settings = api_settings()
    return ReadUsage(UsageTable(clients.dynamodb(), settings.usage_table), settings.shards)


def _read_allowances() -> "ReadAllowances":
    # As of usage.
    from meterhouse.adapters.usage_table.ledger import UsageTable  # noqa: PLC0415
    from meterhouse.use_cases.accounting.read_allowances import ReadAllowances  # noqa: PLC0415

    table = UsageTable(clients.dynamodb(), api_settings().usage_table)
    return ReadAllowances(table, read_included(os.environ))
