"""The control API's documents: what the sandbox knows, as JSON."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.marketplace.core.agreements import Agreement
from sandbox.marketplace.core.catalogue import Product
from sandbox.marketplace.core.faults import Fault
from sandbox.marketplace.core.instants import format_iso
from sandbox.marketplace.core.ledger import BilledRecord
from sandbox.marketplace.core.quantities import format_quantity
from sandbox.marketplace.core.state import CallEntry, Refusal
from sandbox.marketplace.core.tokens import RegistrationToken

type JsonObject = Mapping[str, object]


def product_document(product: Product) -> JsonObject:
    """Write a product."""
    return {
        "product_code": product.product_code,
        "title": product.title,
        "mode": str(product.mode),
        "dimensions": list(product.dimension_names),
    }


def agreement_document(agreement: Agreement) -> JsonObject:
    """Write an agreement; `ends_at` is null while no end is known."""
    ends_at = agreement.ends_at
    return {
        "agreement_id": agreement.agreement_id,
        "product_code": agreement.product_code,
        "license_arn": agreement.license_arn,
        "customer_identifier": agreement.customer_identifier,
        "customer_aws_account_id": agreement.customer_aws_account_id,
        "starts_at": format_iso(agreement.starts_at),
        "ends_at": None if ends_at is None else format_iso(ends_at),
    }


def token_document(token: RegistrationToken) -> JsonObject:
    """Write a registration token, for the one who minted it."""
    return {"token": token.token, "expires_at": format_iso(token.expires_at)}


def billed_document(billed: BilledRecord) -> JsonObject:
    """Write one line of the bill; quantities are decimal strings."""
    key, agreement = billed.key, billed.agreement
    return {
        "product_code": key.product_code,
        "agreement_id": agreement.agreement_id,
        "license_arn": agreement.license_arn,
        "customer_identifier": agreement.customer_identifier,
        "customer_aws_account_id": agreement.customer_aws_account_id,
        "dimension": key.dimension,
        "hour": format_iso(key.hour_at),
        "quantity": format_quantity(billed.quantity),
        "timestamp": format_iso(billed.used_at),
        "allocations": [
            {"quantity": format_quantity(share.quantity), "tags": dict(share.tags)}
            for share in billed.allocations
        ],
        "metering_record_id": billed.metering_record_id,
    }


def refusal_document(refusal: Refusal) -> JsonObject:
    """Write a refusal; the record stands as it was sent."""
    return {
        "at": format_iso(refusal.at),
        "operation": refusal.operation,
        "code": refusal.code,
        "message": refusal.message,
        "record": refusal.record,
    }


def call_document(call: CallEntry) -> JsonObject:
    """Write one call of the API."""
    return {
        "at": format_iso(call.at),
        "operation": call.operation,
        "records": call.records,
        "outcome": call.outcome,
        "fault": None if call.fault is None else str(call.fault),
    }


def fault_document(fault: Fault) -> JsonObject:
    """Write a scripted fault; `count` is what remains of it."""
    return {
        "fault_id": fault.fault_id,
        "operation": str(fault.operation),
        "kind": str(fault.kind),
        "count": fault.remaining,
        "dimension": fault.dimension,
    }


def clock_document(now: datetime, *, offset_seconds: int) -> JsonObject:
    """Write the sandbox's time and how far it is ahead of the machine's."""
    return {"offset_seconds": offset_seconds, "now": format_iso(now)}
