"""Concurrent Agreements for an older listing: its usage is named by license from then on.

AWS's model tells of the step and not of how it goes (`license.opt-in`); what is not said there is
marked INF.
"""

from dataclasses import replace

from marketplace_sandbox.core.model.catalogue import Delivery, MeteringMode, Product
from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.licenses import license_arn_of_agreement
from marketplace_sandbox.core.model.state import MarketplaceState

# From the oldest to the newest; a listing never goes back (INF).
_STAGES = (MeteringMode.LEGACY, MeteringMode.MIGRATING, MeteringMode.LICENSE)


def opt_in(state: MarketplaceState, product: Product, mode: MeteringMode) -> Product:
    """Move a listing on: `migrating` takes both identities, `license` the new one alone.

    Whoever has an agreement gets a license, the one that its events have named so far, and keeps
    the customer identifier. No event tells of it: a seller finds the licenses of existing customers
    in reports, or resolves their tokens (INF). Raise ControlError for a step back or none, and for
    a product that is no SaaS.
    """
    if product.delivery is not Delivery.SAAS:
        raise invalid(f"{product.product_code} is no SaaS: it is metered by product code")
    if _STAGES.index(mode) <= _STAGES.index(product.mode):
        raise conflict(
            "OptedIn",
            f"{product.product_code} is in mode {product.mode}, and cannot go on to {mode}",
        )
    moved = replace(product, mode=mode)
    state.products[product.product_code] = moved
    for agreement in list(state.agreements.by_id.values()):
        if agreement.product_code == product.product_code and agreement.license_arn is None:
            shape = state.readings.resolved_license_arn
            arn = license_arn_of_agreement(agreement.agreement_id, reading=shape)
            state.agreements.put(replace(agreement, license_arn=arn))
    return moved
