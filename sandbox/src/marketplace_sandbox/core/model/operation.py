"""The operations of AWS's API that the sandbox answers, one row each.

What an operation does stands in a file of `core/operations/` that has its name.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Self

from marketplace_sandbox.core.model.errors import ErrorCode

METERING = "meteringmarketplace"
ENTITLEMENT = "marketplace-entitlement"
AGREEMENT = "marketplace-agreement"


@dataclass(frozen=True, slots=True)
class About:
    """What describes an operation.

    Attributes:
        service: as boto3 names its clients.
        event_source: as CloudTrail names the service.
        is_sellers: only the account that published the product may call it (`caller.seller`).
        quota: calls a second, as a multiple of those of the two metering operations; None where
            AWS names none.
        meters: whether it is refused in a region where its product is not metered.
        never_matched: matchers of a fault that no call of it can match.
        internal_error: what its service calls an error of its own.
        regions: where its service exists (`region.services`); empty is everywhere.

    """

    service: str = METERING
    event_source: str = "metering-marketplace.amazonaws.com"
    is_sellers: bool = True
    quota: Fraction | None = None
    meters: bool = True
    never_matched: tuple[str, ...] = ()
    internal_error: ErrorCode = ErrorCode.INTERNAL_SERVICE_ERROR
    regions: frozenset[str] = frozenset()


_USUAL = About()
_OF_AGREEMENTS = About(
    AGREEMENT,
    "agreement-marketplace.amazonaws.com",
    is_sellers=False,  # each agreement says who may see it
    meters=False,
    never_matched=("dimension",),
    internal_error=ErrorCode.INTERNAL_SERVER,
    regions=frozenset(
        {
            "us-east-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "us-isof-south-1",
        }
    ),
)


class Operation(StrEnum):
    """The operations of AWS Marketplace's services that the sandbox performs."""

    about: About

    def __new__(cls, name: str, about: About = _USUAL) -> Self:
        """Take a row: the operation's name, which is its value, and what describes it."""
        made = str.__new__(cls, name)
        made._value_ = name
        made.about = about
        return made

    BATCH_METER_USAGE = "BatchMeterUsage", About(quota=Fraction(1))
    RESOLVE_CUSTOMER = "ResolveCustomer", About(never_matched=("dimension",))
    METER_USAGE = (
        "MeterUsage",
        About(
            is_sellers=False,
            quota=Fraction(1),
            never_matched=("license_arn", "customer_identifier"),
        ),
    )
    REGISTER_USAGE = (
        "RegisterUsage",
        About(
            is_sellers=False,
            quota=Fraction(1, 2),
            never_matched=("dimension", "license_arn", "customer_identifier"),
        ),
    )
    GET_ENTITLEMENTS = (
        "GetEntitlements",
        About(
            ENTITLEMENT,
            "entitlement-marketplace.amazonaws.com",
            quota=Fraction(2),
            meters=False,
            regions=frozenset({"us-east-1", "cn-northwest-1", "eusc-de-east-1"}),
        ),
    )
    SEARCH_AGREEMENTS = (
        "SearchAgreements",
        replace(
            _OF_AGREEMENTS,
            quota=Fraction(1, 2),
            never_matched=("dimension", "customer_identifier"),
        ),
    )
    DESCRIBE_AGREEMENT = "DescribeAgreement", replace(_OF_AGREEMENTS, quota=Fraction(1, 2))
    GET_AGREEMENT_ENTITLEMENTS = (
        "GetAgreementEntitlements",
        replace(_OF_AGREEMENTS, quota=Fraction(1)),
    )
    GET_AGREEMENT_TERMS = "GetAgreementTerms", replace(_OF_AGREEMENTS, quota=Fraction(1))
    GET_AGREEMENT_CONTACTS = "GetAgreementContacts", _OF_AGREEMENTS


def about(operation: str) -> About:
    """Return what describes an operation by its name; of an unknown one, the usual."""
    return Operation(operation).about if operation in Operation else _USUAL
