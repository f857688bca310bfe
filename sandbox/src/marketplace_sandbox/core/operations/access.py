"""Who may call what, and where: before anything of a call is looked at."""

from collections.abc import Mapping

from marketplace_sandbox.core.model.callers import Caller
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.protocol.call import Call


def check_access(call: Call, *, seller_account_id: str) -> None:
    """Raise unless the caller may call the operation at all.

    Errors: InvalidSignatureException for a region without the service; ExpiredTokenException once
    the thing whose keys are used was stopped, for its role's credentials end with it;
    AccessDeniedException when a buyer calls what is the seller's (`caller.seller`).
    """
    caller = call.caller
    _check_service_exists(call)
    resource = caller.resource
    if resource is not None and resource.stopped_at is not None and resource.stopped_at <= call.at:
        raise ServiceError(
            ErrorCode.EXPIRED_TOKEN, "The security token included in the request is expired"
        )
    if call.operation.about.is_sellers and caller.account_id != seller_account_id:
        raise ServiceError(
            ErrorCode.ACCESS_DENIED,
            f"User: {_name_of(caller)} is not authorized to perform: "
            f"aws-marketplace:{call.operation}",
        )


def check_region(product: Product, region: str) -> None:
    """Raise DisabledApiException where a product is not to be metered (`outcome.disabled-api`)."""
    if product.regions and region not in product.regions:
        raise ServiceError(
            ErrorCode.DISABLED_API, f"The API is disabled in the Region {region} for this product."
        )


def check_region_of_code(products: Mapping[str, Product], call: Call) -> None:
    """Hold the product code of a call, if it has one, against the region that was called.

    Whether there is such a product is decided later. GetEntitlements is left alone: it meters
    nothing, and its service has regions of its own.
    """
    code = call.document.get("ProductCode")
    product = products.get(code) if isinstance(code, str) else None
    if product is not None and call.operation.about.meters:
        check_region(product, call.caller.region)


def _check_service_exists(call: Call) -> None:
    """Raise InvalidSignatureException where the operation's service does not exist.

    AWS has no endpoint there (`region.services`). The sandbox has one address for all regions, and
    answers what the service's endpoint does to a signature for a region that is not its own.
    """
    regions, region = call.operation.about.regions, call.caller.region
    if regions and region not in regions:
        raise ServiceError(
            ErrorCode.INVALID_SIGNATURE,
            f"Credential should be scoped to a valid Region, not {region!r}: {call.operation} "
            f"exists in {', '.join(sorted(regions))}.",
        )


def _name_of(caller: Caller) -> str:
    if caller.resource is None:
        return f"arn:aws:iam::{caller.account_id}:root"
    resource = caller.resource
    role = f"{resource.platform}/{resource.resource_id}"
    return f"arn:aws:sts::{caller.account_id}:assumed-role/{role}"
