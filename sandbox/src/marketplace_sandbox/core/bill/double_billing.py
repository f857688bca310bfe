"""Usage that AWS bills twice without a word: two names of one buyer, or two regions.

Neither is an error to AWS. A buyer's usage sent by product code and by license within one hour is
billed twice (`license.double-billing`), and regions do not know of each other (`dedupe_scope`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace_sandbox.core.model.bill import BilledRecord


class DoubleBillingCause(StrEnum):
    """Why an hour of a buyer's dimension is on the bill twice."""

    TWO_IDENTITIES = "two_identities"  # by ProductCode, and by LicenseArn
    TWO_REGIONS = "two_regions"  # the same identity, in two regions


@dataclass(frozen=True, slots=True)
class DoubleBilling:
    """One buyer's hour that was billed twice; the lines stand in the order of their arrival."""

    cause: DoubleBillingCause
    product_code: str
    customer_aws_account_id: str
    dimension: str
    hour_at: datetime
    first: BilledRecord
    second: BilledRecord


def find_double_billing(bill: Iterable[BilledRecord]) -> tuple[DoubleBilling, ...]:
    """Find all pairs of lines that bill the same usage, in the order of the second's arrival.

    Two licenses of one account are two purchases, and the resources of a buyer are metered each
    for itself: neither is double billing. A line of zero costs nothing and is none either.
    """
    by_hour: dict[tuple[str, str, str, datetime], list[BilledRecord]] = defaultdict(list)
    found: list[DoubleBilling] = []
    for line in bill:
        if line.quantity == 0 or line.resource_id is not None:
            continue
        key, account_id = line.key, line.agreement.customer_aws_account_id
        hour = (key.product_code, account_id, key.dimension, key.hour_at)
        for earlier in by_hour[hour]:
            cause = _cause_of(earlier, line)
            if cause is not None:
                found.append(DoubleBilling(cause, *hour, earlier, line))
        by_hour[hour].append(line)
    return tuple(found)


def _cause_of(one: BilledRecord, other: BilledRecord) -> DoubleBillingCause | None:
    if one.key.holder == other.key.holder:
        assert one.key.region != other.key.region, "the keys differ in nothing else"
        return DoubleBillingCause.TWO_REGIONS
    if _is_by_license(one) and _is_by_product_code(other):
        return DoubleBillingCause.TWO_IDENTITIES
    if _is_by_product_code(one) and _is_by_license(other):
        return DoubleBillingCause.TWO_IDENTITIES
    return None


def _is_by_license(line: BilledRecord) -> bool:
    return line.key.holder == line.agreement.license_arn


def _is_by_product_code(line: BilledRecord) -> bool:
    return line.key.holder == line.agreement.customer_identifier
