"""RegisterUsage: a paid container asks whether it may run; from then on AWS meters it.

How long it ran is in `container_hours`.
"""

from collections.abc import Iterator
from datetime import timedelta

from marketplace_sandbox.core.bill.booking import expect_invoice
from marketplace_sandbox.core.bill.container_hours import metered_from
from marketplace_sandbox.core.model.callers import Caller, Platform, Resource
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.faults import Subject
from marketplace_sandbox.core.model.instants import EPOCH_AT
from marketplace_sandbox.core.model.registrations import Registration
from marketplace_sandbox.core.model.signing import SigningKey, claims_of, find_key
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.access import check_region
from marketplace_sandbox.core.operations.performer import Performer, answering
from marketplace_sandbox.core.operations.resources import current_agreements
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.fields import read_text, require
from marketplace_sandbox.core.protocol.peeking import peek_text

PLATFORMS = frozenset({Platform.ECS, Platform.EKS})
_SECOND = timedelta(seconds=1)


def register_usage(state: MarketplaceState, call: Call) -> Document:
    """Register a container and return a signature that it is entitled, or raise ServiceError.

    The call comes to the task's own region (`register.region`). The entitlement is looked at in a
    container's first successful call only; later calls are answered even if the buyer has
    unsubscribed meanwhile (`register.first-call`). The order of the checks is not documented (INF).
    """
    product_code = require(read_text(call.document, "ProductCode"), "productCode")
    version = _read_version(call.document)
    resource = _find_container(call.caller)
    if call.caller.region != resource.region:
        raise ServiceError(
            ErrorCode.INVALID_REGION,
            f"{resource.resource_id} runs in {resource.region}: call RegisterUsage there.",
        )
    if product_code != resource.product_code:
        raise ServiceError(
            ErrorCode.INVALID_PRODUCT_CODE,
            f"{resource.resource_id} does not run the product {product_code}.",
        )
    check_region(state.products[product_code], call.caller.region)
    key = find_key(state.signing_keys, version)
    if key is None:
        raise ServiceError(
            ErrorCode.INVALID_PUBLIC_KEY_VERSION, f"There is no public key of version {version}."
        )
    if resource.resource_id not in state.registrations:
        _register(state, call, resource)
    return _answer(state, call, key)


def _find_container(caller: Caller) -> Resource:
    """Find the ECS task or EKS pod that calls; AWS supports no other (`register.platform`)."""
    resource = caller.resource
    if resource is None or resource.platform not in PLATFORMS:
        raise ServiceError(
            ErrorCode.PLATFORM_NOT_SUPPORTED,
            "RegisterUsage is called from an ECS task or an EKS pod in the buyer's account.",
        )
    return resource


def _register(state: MarketplaceState, call: Call, resource: Resource) -> None:
    """Let AWS's control plane begin to meter, if the buyer is subscribed at this moment.

    The hour after an agreement's end is for records of what ran before; a new container has no
    part in it (INF).
    """
    agreements = current_agreements(state, resource.product_code, resource.account_id, now=call.at)
    agreement = next((one for one in agreements if one.is_running(now=call.at)), None)
    if agreement is None:
        raise ServiceError(
            ErrorCode.CUSTOMER_NOT_ENTITLED,
            f"Account {resource.account_id} has no valid subscription for the product.",
        )
    registration = Registration(
        resource_id=resource.resource_id,
        access_key_id=resource.access_key_id,
        agreement_id=agreement.agreement_id,
        registered_at=call.at,
    )
    state.registrations[resource.resource_id] = registration
    # The month of the launch may be the last one, which is still open if the call came in time.
    expect_invoice(state, metered_from(resource, registration))
    expect_invoice(state, call.at)


def _answer(state: MarketplaceState, call: Call, key: SigningKey) -> Document:
    """Sign with the version that was asked for; say since when it is not the current one.

    A version that does not exist was refused before (`register.key-version`).
    """
    assert call.sign is not None, "the shell that takes RegisterUsage calls gives them a signer"
    claims = claims_of(
        require(read_text(call.document, "ProductCode"), "productCode"),
        public_key_version=key.version,
        nonce=read_text(call.document, "Nonce"),
        at=call.at,
        reading=state.readings.signature_claims,
    )
    answer: dict[str, object] = {"Signature": call.sign(claims, key)}
    if key.rotated_at is not None:
        answer["PublicKeyRotationTimestamp"] = (key.rotated_at - EPOCH_AT) // _SECOND
    return answer


def _read_version(document: Document) -> int:
    value = require(document.get("PublicKeyVersion"), "publicKeyVersion")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ServiceError(ErrorCode.SERIALIZATION, "PublicKeyVersion must be a whole number.")


def _subjects(_: MarketplaceState, call: Call) -> Iterator[Subject]:
    yield Subject(
        product_code=peek_text(call.document, "ProductCode"),
        dimension=peek_text(
            call.document, "UsageDimension"
        ),  # AWS ignores it; who sends it means it
        customer_aws_account_id=call.caller.account_id,
    )


PERFORMER = Performer(answering(register_usage), _subjects)
