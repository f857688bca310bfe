"""The settings of `track_agreements`, and whose agreements are ours."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhouse.domain.subscriptions.placing import Products
from meterhouse.runtime.environ import flag, names, text


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """What `track_agreements` needs; whether AWS is asked for entitlements is part of it."""

    subscriptions_table: str
    reconcile_function: str
    reads_entitlements: bool


def read_tracking_settings(environ: Mapping[str, str]) -> TrackingSettings:
    """Read the settings of `track_agreements`; raises SettingsError naming the variable."""
    return TrackingSettings(
        subscriptions_table=text(environ, "SUBSCRIPTIONS_TABLE"),
        reconcile_function=text(environ, "RECONCILE_FUNCTION"),
        reads_entitlements=reads_entitlements(environ),
    )


def reads_entitlements(environ: Mapping[str, str]) -> bool:
    """Tell whether AWS is asked what contracts hold; raises SettingsError."""
    return flag(environ, "READ_ENTITLEMENTS")


def read_products(environ: Mapping[str, str]) -> Products:
    """Read which products this deployment bills."""
    return Products(names(environ, "PRODUCT_CODES"), names(environ, "LEGACY_PRODUCT_CODES"))
