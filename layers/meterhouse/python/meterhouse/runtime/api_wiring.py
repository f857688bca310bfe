"""The composition root of `serve_seller_api`, and the table of its routes: a row each."""

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from meterhouse.adapters.subscriptions_table.contacts import ContactsTable
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.listing import StatesTable
from meterhouse.adapters.subscriptions_table.tenants import TenantsTable
from meterhouse.adapters.usage_intake import UsageIntakeQueue
from meterhouse.runtime import clients
from meterhouse.runtime.api_settings import ApiSettings, read_api_settings
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.tracking_settings import read_products
from meterhouse.runtime.usage_settings import read_late_usage_max, read_usage_queue_url
from meterhouse.use_cases.accept_usage import AcceptUsage
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.link_tenants import LinkTenants
from meterhouse.web.api_contacts import ContactRoutes
from meterhouse.web.api_subscriptions import SubscriptionRoutes
from meterhouse.web.api_tenants import TenantRoutes
from meterhouse.web.api_usage import UsageRoutes
from meterhouse.web.seller_api import Route, SellerApi

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def api_settings() -> ApiSettings:
    """Return the settings of `serve_seller_api`."""
    return read_api_settings(os.environ)


def seller_api(remaining: Callable[[], int]) -> SellerApi:
    """Return what answers requests; `remaining` is `context.get_remaining_time_in_millis`."""
    return SellerApi(routes(remaining), LambdaReport())


def routes(remaining: Callable[[], int]) -> "Mapping[str, Route]":
    """Return who serves each route of the template's HTTP API but `/register`."""
    table, report = api_settings().subscriptions_table, LambdaReport()
    states = StatesTable(clients.dynamodb(), table, report)
    subscriptions = SubscriptionRoutes(states)
    book = ContactsTable(clients.dynamodb(), table)
    contacts = ContactRoutes(states, book, LambdaClock(remaining), report)
    tenants = TenantRoutes(_link_tenants(remaining))
    intake = UsageIntakeQueue(clients.sqs(), read_usage_queue_url(os.environ))
    late_max = read_late_usage_max(os.environ)
    usage = UsageRoutes(AcceptUsage(intake, late_max, LambdaClock(remaining), report))
    return {
        "GET /subscriptions/{subscription}": subscriptions.show,
        "GET /contacts/{subscription}": contacts.show,
        "DELETE /contacts/{subscription}": contacts.forget,
        "GET /tenants/{tenant}": tenants.show,
        "PUT /tenants/{tenant}/subscriptions/{subscription}": tenants.link,
        "DELETE /tenants/{tenant}/subscriptions/{subscription}": tenants.unlink,
        "POST /usage": usage.send,
    }


def _link_tenants(remaining: Callable[[], int]) -> LinkTenants:
    table, report, clock = (
        api_settings().subscriptions_table,
        LambdaReport(),
        LambdaClock(remaining),
    )
    folders = FoldersTable(clients.dynamodb(), table)
    tenants = TenantsTable(clients.dynamodb(), table, report)
    keeper = KeepSubscriptions(folders, read_products(os.environ), clock, report)
    return LinkTenants(tenants, tenants, folders, keeper, clock)
