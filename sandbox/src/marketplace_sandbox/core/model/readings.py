"""Where AWS contradicts itself or is silent: one switch per question, and how it is read now.

`sandbox rules` lists the switches; `facts/switches.py` says where each reading comes from. The
defaults are the safer readings: what works under them works under the others too, where that can
be said at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any


class UsageAge(StrEnum):
    """`usage_age`: how old a record of BatchMeterUsage may be."""

    DAY = "24h"
    SIX_HOURS = "6h"
    HOUR = "1h"


class UsageAgeFrom(StrEnum):
    """`usage_age_from`: from where that age is measured."""

    RECORD = "record"  # from the record's own time
    HOUR_START = "hour_start"  # the lower bound is floored to its hour: a little longer


class TokenLifetime(StrEnum):
    """`token_lifetime`: how long a registration token lives."""

    FOUR_HOURS = "4h"
    HOUR = "1h"
    HALF_HOUR = "30min"


class TokenUses(StrEnum):
    """`token_uses`: how often a registration token resolves."""

    ANY = "any"
    ONCE = "once"


class FinalWindow(StrEnum):
    """`final_window`: what opens the last hour in which usage of an ended agreement is taken."""

    HOUR_AFTER_END = "hour_after_end"  # the end; License Deprovisioned follows within a minute
    AGREEMENT_ENDED = "agreement_ended"  # which License Deprovisioned closes
    LICENSE_DEPROVISIONED = "license_deprovisioned"  # which follows the end within a minute


class SameRecordAgain(StrEnum):
    """`same_record_again`: what answers a record that is billed already with its quantity."""

    SUCCESS = "success"
    DUPLICATE_RECORD = "duplicate_record"


class DedupeScope(StrEnum):
    """`dedupe_scope`: whether the same hour metered in two regions is one record or two."""

    REGION = "region"
    GLOBAL = "global"


class ZeroQuantity(StrEnum):
    """`zero_quantity`: whether a record of zero takes its hour's place on the bill."""

    TAKES_THE_HOUR = "takes_the_hour"
    LEAVES_IT_OPEN = "leaves_it_open"


class EventLicenseArn(StrEnum):
    """`event_license_arn`: how events print a license."""

    AS_RESOLVED = "as_resolved"
    WITHOUT_PREFIX = "without_prefix"  # aws:license-manager:us-east-1:<account>:l-…


class LicenseUpdated(StrEnum):
    """`license_updated`: when a new agreement's license is there, which License Updated says."""

    MINUTE_AFTER = "minute_after"  # after Purchase Agreement Created
    AT_ONCE = "at_once"


class ResolvedLicenseArn(StrEnum):
    """`resolved_license_arn`: how ResolveCustomer prints a license."""

    COLON = "colon"  # arn:aws:license-manager::<account>:license:l-…
    SLASH = "slash"  # arn:aws:license-manager::<account>:license/lic-…


class FirstResolve(StrEnum):
    """`first_resolve`: whether the first ResolveCustomer of an agreement names its license."""

    WITH_LICENSE = "with_license"
    WITHOUT_LICENSE = "without_license"  # only the next one does


class TooManyTags(StrEnum):
    """`too_many_tags`: which error answers more than five tags."""

    INVALID_TAG = "invalid_tag"
    TOO_MANY_TAGS = "too_many_tags"


class Decimals(StrEnum):
    """`decimals`: whether quantities may be decimal."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class SignatureClaims(StrEnum):
    """`signature_claims`: how the claims of RegisterUsage's signature are named."""

    CAMEL_CASE = "camel_case"  # productCode, as the guide's program reads them
    PASCAL_CASE = "pascal_case"  # ProductCode, as the same guide's text prints them


class UnknownCustomer(StrEnum):
    """`unknown_customer`: how a record is answered whose CustomerIdentifier nobody has."""

    STATUS = "status"  # CustomerNotSubscribed, for this record alone
    EXCEPTION = "exception"  # InvalidCustomerIdentifierException, for the whole call


class LicenseStart(StrEnum):
    """`license_start`: from when on usage is not older than its license."""

    INSTANT = "instant"  # from the moment of the start
    HOUR = "hour"  # from the beginning of its UTC hour, which floored timestamps have


class EndedOffer(StrEnum):
    """`ended_offer`: whether Purchase Agreement Ended names the offer."""

    ABSENT = "absent"
    PRESENT = "present"


class EmptyEntitlements(StrEnum):
    """`empty_entitlements`: whether GetEntitlements writes a list that is empty."""

    PRESENT = "present"
    ABSENT = "absent"


class DimensionFilter(StrEnum):
    """`dimension_filter`: whether GetEntitlements may be asked by DIMENSION alone."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class EndedEndTime(StrEnum):
    """`ended_end_time`: the Agreement API's endTime of an agreement that ended early."""

    AS_AGREED = "as_agreed"
    ACTUAL = "actual"


@dataclass(frozen=True, slots=True)
class Readings:
    """How every contradiction is read at this moment."""

    usage_age: UsageAge = UsageAge.DAY
    usage_age_from: UsageAgeFrom = UsageAgeFrom.RECORD
    token_lifetime: TokenLifetime = TokenLifetime.FOUR_HOURS
    token_uses: TokenUses = TokenUses.ANY
    final_window: FinalWindow = FinalWindow.HOUR_AFTER_END
    same_record_again: SameRecordAgain = SameRecordAgain.SUCCESS
    dedupe_scope: DedupeScope = DedupeScope.REGION
    zero_quantity: ZeroQuantity = ZeroQuantity.TAKES_THE_HOUR
    event_license_arn: EventLicenseArn = EventLicenseArn.AS_RESOLVED
    license_updated: LicenseUpdated = LicenseUpdated.MINUTE_AFTER
    ended_offer: EndedOffer = EndedOffer.ABSENT
    resolved_license_arn: ResolvedLicenseArn = ResolvedLicenseArn.COLON
    first_resolve: FirstResolve = FirstResolve.WITH_LICENSE
    too_many_tags: TooManyTags = TooManyTags.INVALID_TAG
    decimals: Decimals = Decimals.ACCEPTED
    signature_claims: SignatureClaims = SignatureClaims.CAMEL_CASE
    unknown_customer: UnknownCustomer = UnknownCustomer.STATUS
    license_start: LicenseStart = LicenseStart.INSTANT
    empty_entitlements: EmptyEntitlements = EmptyEntitlements.PRESENT
    dimension_filter: DimensionFilter = DimensionFilter.ACCEPTED
    ended_end_time: EndedEndTime = EndedEndTime.AS_AGREED


@dataclass(frozen=True, slots=True)
class Preset:
    """Several switches at once, and the reading of each."""

    name: str
    sentence: str
    readings: Mapping[str, Any]

    def turn(self, readings: Readings) -> Readings:
        """Return the readings with all of its switches turned; the others stay as they are."""
        return replace(readings, **self.readings)


PRESETS = (
    Preset(
        "observed",
        "AWS's events as a seller captured them.",
        {
            "final_window": FinalWindow.HOUR_AFTER_END,
            "event_license_arn": EventLicenseArn.AS_RESOLVED,
            "license_updated": LicenseUpdated.MINUTE_AFTER,
            "ended_offer": EndedOffer.ABSENT,
        },
    ),
    Preset(
        "documented",
        "AWS's events as its pages show them.",
        {
            "final_window": FinalWindow.LICENSE_DEPROVISIONED,
            "event_license_arn": EventLicenseArn.WITHOUT_PREFIX,
            "license_updated": LicenseUpdated.AT_ONCE,
            "ended_offer": EndedOffer.PRESENT,
        },
    ),
)


def values_by_switch() -> dict[str, type[StrEnum]]:
    """Return the readings that each switch has, by the name of its field."""
    default = Readings()
    return {field.name: type(getattr(default, field.name)) for field in fields(Readings)}
