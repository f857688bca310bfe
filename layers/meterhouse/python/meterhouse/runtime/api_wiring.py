"""The composition root of `serve_seller_api`, and the table of its routes: a row each."""

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from meterhouse.adapters.subscriptions_table.listing import StatesTable
from meterhouse.runtime import clients
from meterhouse.runtime.api_settings import ApiSettings, read_api_settings
from meterhouse.runtime.observability import LambdaReport
from meterhouse.web.api_subscriptions import SubscriptionRoutes
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
    del remaining
    table, report = api_settings().subscriptions_table, LambdaReport()
    states = StatesTable(clients.dynamodb(), table, report)
    subscriptions = SubscriptionRoutes(states)
    return {
        "GET /subscriptions/{subscription}": subscriptions.show,
    }
