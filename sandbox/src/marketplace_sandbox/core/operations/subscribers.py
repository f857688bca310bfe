"""Whose usage a record is: the two ways to name a buyer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace_sandbox.core.model.agreements import Agreement, AgreementBook
from marketplace_sandbox.core.model.catalogue import Delivery, MeteringMode, Product
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.instants import format_iso, hour_of
from marketplace_sandbox.core.model.readings import LicenseStart, UnknownCustomer
from marketplace_sandbox.core.operations.usage_records import UsageRecord

_ACCOUNT_ID = re.compile(r"[0-9]{1,255}", re.ASCII)  # `batch.account-digits`
_CUSTOMER_IDENTIFIER_LENGTH_MAX = 255  # CustomerIdentifier in the model


@dataclass(frozen=True, slots=True)
class Subscriber:
    """The product that a record is for, and the agreement that pays for it, if one is active."""

    product: Product
    agreement: Agreement | None


def find_product(products: Mapping[str, Product], product_code: str) -> Product:
    """Find the product of a legacy call, or raise InvalidProductCodeException.

    That answers a code which nobody has (`outcome.product-code`), or which is no SaaS product's
    (`batch.saas-only`, `batch.not-saas`), or takes licenses alone by now (`license.opted-in`).
    """
    product = products.get(product_code)
    if product is None:
        raise ServiceError(ErrorCode.INVALID_PRODUCT_CODE, f"No product has code {product_code}.")
    if product.delivery is not Delivery.SAAS:
        # MODEL: "Supported product type: SaaS"; with what it answers for others is INF.
        raise ServiceError(
            ErrorCode.INVALID_PRODUCT_CODE,
            f"Product {product_code} is no SaaS product: MeterUsage and RegisterUsage meter it.",
        )
    if product.mode is MeteringMode.LICENSE:
        raise ServiceError(
            ErrorCode.INVALID_PRODUCT_CODE,
            f"Product {product_code} is metered by LicenseArn: leave ProductCode out.",
        )
    return product


def find_legacy_subscriber(
    product: Product,
    book: AgreementBook,
    record: UsageRecord,
    *,
    now: datetime,
    reading: UnknownCustomer = UnknownCustomer.STATUS,
) -> Subscriber:
    """Find the buyer in a call with ProductCode.

    A record names its buyer in one way (`batch.one-customer-name`), and no license beside it
    (`batch.no-product-code-with-license`). An unknown buyer (`outcome.unknown-customer`), an ended
    agreement (`outcome.ended-agreement`) and usage from before the start (`time.not-yet-active`)
    are answered for the one record, with CustomerNotSubscribed. An identifier that does not exist
    may also fail the whole call, as `unknown_customer` is read.
    """
    if record.license_arn is not None:
        raise ServiceError(
            ErrorCode.INVALID_PRODUCT_CODE, "ProductCode and LicenseArn cannot be combined."
        )
    customer, account_id = record.customer_identifier, record.customer_aws_account_id
    match customer, account_id:
        case (str(), str()) | (None, None):
            raise _bad_identity("exactly one of CustomerIdentifier and CustomerAWSAccountId")
        case str(), None if len(customer) > _CUSTOMER_IDENTIFIER_LENGTH_MAX:
            raise _bad_identity("a CustomerIdentifier of at most 255 characters")
        case None, str():
            _check_account_id(account_id)
            customer = book.customer_of_account(product.product_code, account_id)
        case _:
            pass
    agreements = [] if customer is None else book.of_customer(product.product_code, customer)
    if not agreements and account_id is None and reading is UnknownCustomer.EXCEPTION:
        raise ServiceError(
            ErrorCode.INVALID_CUSTOMER_IDENTIFIER, f"No customer has identifier {customer}."
        )
    return Subscriber(product, _payer_of(agreements, record.used_at, now=now))


def find_licensed_subscriber(
    products: Mapping[str, Product],
    book: AgreementBook,
    record: UsageRecord,
    *,
    now: datetime,
    reading: LicenseStart = LicenseStart.INSTANT,
) -> Subscriber:
    """Find the buyer in a call without ProductCode.

    A record names account and license (`batch.license-identity`), and no identifier beside them
    (`batch.no-customer-identifier-with-license`). A license that nobody knows or of another account
    (`outcome.license`), or not yet active at the time of use (`time.license-start`, as
    `license_start` is read), fails the whole call with InvalidLicenseException; one that ended more
    than an hour ago is answered for the one record (`outcome.ended-agreement`).
    """
    if record.license_arn is None:
        raise ServiceError(
            ErrorCode.INVALID_LICENSE, "Without ProductCode, each record needs a LicenseArn."
        )
    account_id = record.customer_aws_account_id
    if record.customer_identifier is not None or account_id is None:
        raise _bad_identity("CustomerAWSAccountId, and no CustomerIdentifier, beside LicenseArn")
    _check_account_id(account_id)
    agreement = book.of_license(record.license_arn)
    if agreement is None:
        raise ServiceError(ErrorCode.INVALID_LICENSE, f"No license {record.license_arn} exists.")
    if agreement.customer_aws_account_id != account_id:
        raise ServiceError(
            ErrorCode.INVALID_LICENSE, f"The license does not belong to account {account_id}."
        )
    starts_at = agreement.starts_at
    active_from_at = hour_of(starts_at) if reading is LicenseStart.HOUR else starts_at
    if record.used_at < active_from_at:
        raise ServiceError(
            ErrorCode.INVALID_LICENSE, f"The license is active from {format_iso(starts_at)} on."
        )
    product = products[agreement.product_code]
    return Subscriber(product, agreement if agreement.is_metered(now=now) else None)


def _payer_of(
    agreements: Sequence[Agreement], used_at: datetime, *, now: datetime
) -> Agreement | None:
    """Pick the latest agreement that pays for a legacy customer's usage.

    To the seller there is one customer, whatever their agreements: as long as that customer is
    metered at all, usage under an agreement which they renewed, or left and came back to, is taken
    as well (`time.legacy-goes-on`).
    """
    if not any(agreement.is_metered(now=now) for agreement in agreements):
        return None
    return next(
        (
            agreement
            for agreement in reversed(agreements)
            if agreement.starts_at <= now and agreement.may_pay_for(used_at)
        ),
        None,
    )


def _check_account_id(account_id: str) -> None:
    if _ACCOUNT_ID.fullmatch(account_id) is None:
        raise _bad_identity("a CustomerAWSAccountId of digits only")


def _bad_identity(need: str) -> ServiceError:
    """Say what is malformed: that fails the whole call (`outcome.customer-identifier`)."""
    return ServiceError(ErrorCode.INVALID_CUSTOMER_IDENTIFIER, f"A usage record needs {need}.")
