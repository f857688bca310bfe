"""The breaks. Each could lose usage, bill it twice, tell a secret, or silence an alarm."""

from tests.breaks import (
    of_allowances,
    of_announcements,
    of_coverage,
    of_entitlements,
    of_late_usage,
    of_naming,
    of_programs,
    of_registration,
    of_seller_api,
    of_services,
    of_settling,
    of_subscriptions,
    of_sweep,
    of_table,
    of_tenants,
    of_usage_by_http,
)
from tests.breaks.trying import Break

BREAKS: tuple[Break, ...] = (
    *of_services.BREAKS,
    *of_table.BREAKS,
    *of_registration.BREAKS,
    *of_programs.BREAKS,
    *of_coverage.BREAKS,
    *of_late_usage.BREAKS,
    *of_subscriptions.BREAKS,
    *of_sweep.BREAKS,
    *of_entitlements.BREAKS,
    *of_allowances.BREAKS,
    *of_announcements.BREAKS,
    *of_seller_api.BREAKS,
    *of_tenants.BREAKS,
    *of_naming.BREAKS,
    *of_settling.BREAKS,
    *of_usage_by_http.BREAKS,
)
