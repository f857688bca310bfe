"""The settings of `serve_seller_api`."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhouse.domain.keys import SHARDS_MAX
from meterhouse.runtime.environ import text, whole


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What `serve_seller_api` needs."""

    subscriptions_table: str
    usage_table: str
    reconcile_function: str
    shards: int


def read_api_settings(environ: Mapping[str, str]) -> ApiSettings:
    """Read the settings of `serve_seller_api`; raises SettingsError naming the variable."""
    return ApiSettings(
        subscriptions_table=text(environ, "SUBSCRIPTIONS_TABLE"),
        usage_table=text(environ, "USAGE_TABLE"),
        reconcile_function=text(environ, "RECONCILE_FUNCTION"),
        shards=whole(environ, "JOURNAL_SHARDS", 1, SHARDS_MAX),
    )
