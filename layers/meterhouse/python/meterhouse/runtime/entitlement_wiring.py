"""Asking AWS for entitlements: the composition of what every function that does so has in common.

Who does not ask must not wait for the imports, so that this is imported where it is needed (ADR
0016).
"""

import os
from typing import TYPE_CHECKING

from meterhouse.adapters.entitlements import (
    ENTITLEMENTS_CONFIG,
    ENTITLEMENTS_REGION,
    PAGE_CONFIG,
    PAGE_PAGES_MAX,
    PAGES_MAX,
    EntitlementsApi,
)
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.runtime import clients
from meterhouse.runtime.environ import text
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.tracking_settings import read_products
from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions

if TYPE_CHECKING:
    from meterhouse.ports.process import Clock


def ask_entitlements(clock: "Clock", *, is_buyer_waiting: bool = False) -> AskEntitlements:
    """Return the use case; where a buyer waits it gives up soon."""
    config = PAGE_CONFIG if is_buyer_waiting else ENTITLEMENTS_CONFIG
    client = clients.entitlements(ENTITLEMENTS_REGION, config)
    folders = FoldersTable(clients.dynamodb(), text(os.environ, "SUBSCRIPTIONS_TABLE"))
    return AskEntitlements(
        EntitlementsApi(client, PAGE_PAGES_MAX if is_buyer_waiting else PAGES_MAX),
        KeepSubscriptions(folders, read_products(os.environ), clock, LambdaReport()),
        clock,
    )
