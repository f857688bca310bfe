"""The settings of `serve_seller_api`."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhouse.runtime.environ import text


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What `serve_seller_api` needs."""

    subscriptions_table: str


def read_api_settings(environ: Mapping[str, str]) -> ApiSettings:
    """Read the settings of `serve_seller_api`; raises SettingsError naming the variable."""
    return ApiSettings(subscriptions_table=text(environ, "SUBSCRIPTIONS_TABLE"))
