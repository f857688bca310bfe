"""The seller's rules: of which dimensions a contract includes units, from where, and for how long.

AWS knows no such rule; it bills what it is sent, and is sent what exceeds:
https://docs.aws.amazon.com/marketplace/latest/userguide/metering-for-usage.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from meterhouse.domain.hours import next_month_of
from meterhouse.domain.quantity import FRACTION_DIGITS_MAX, read_quantity
from meterhouse.domain.subscriptions.entitlements import Entitlements
from meterhouse.domain.subscriptions.identity import PRODUCT_ID_PREFIX
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import UnreadableError

# More than anybody uses, and exact in the table's numbers with all fraction digits.
GRANTED_MAX = Decimal(10) ** 20
_LEAST = Decimal(1).scaleb(-FRACTION_DIGITS_MAX)
_ENTITLEMENT = "entitlement"
# What was meant by such a dimension are two rules.
_NO_DIMENSION = frozenset("=:; ")
_FORM = "a rule is written like calls=1000/month, calls=entitlement/year or product:calls=5/month"


class Period(StrEnum):
    """For how long units are included, before they are anew."""

    MONTH = "month"
    """A calendar month in UTC, as AWS invoices."""
    YEAR = "year"
    """A year of the subscription, from when it began."""
    AGREEMENT = "agreement"
    """As long as the subscription lasts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Units of a dimension are included.

    Attributes:
        product_code: of which product, by its code, or its id where AWS told no code; None for
            every product that has no rule of its own.
        units: how many; None for as many as the buyer is entitled to, as AWS says.
        entitled: of which dimension the buyer is entitled to them, if that is another one: listings
            may sell a contract's units and what exceeds them apart.

    """

    product_code: str | None
    dimension: str
    units: Decimal | None
    period: Period
    entitled: str | None = None

    def granted_to(self, entitlements: Entitlements | None) -> Decimal | None:
        """Return how many units are included; None if AWS has to say that, and has not yet.

        AWS may say a double of any size. What it leaves of usage has to be a quantity that AWS
        takes, so that it is rounded up to its fraction digits, in favour of the buyer.
        """
        if self.units is not None or entitlements is None:
            return self.units
        held = entitlements.quantity_of(self.entitled or self.dimension)
        return min(held, GRANTED_MAX).quantize(_LEAST, ROUND_CEILING)

    def period_of(self, hour_at: datetime, starts_at: datetime | None) -> str:
        """Return the name of the period in which an hour lies: `2026-11`, `year-2`, `agreement`.

        Of a subscription whose start nobody told all hours are of its first year.
        """
        match self.period:
            case Period.MONTH:
                return f"{hour_at:%Y-%m}"
            case Period.YEAR:
                return f"year-{_years_between(starts_at or hour_at, hour_at) + 1}"
            case Period.AGREEMENT:
                return self.period.value


class Rules:
    """All rules of a deployment; false if there are none."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = {(rule.product_code, rule.dimension): rule for rule in rules}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def rule_for(self, subscription: Subscription, dimension: str) -> Rule | None:
        """Return the rule for a dimension of a subscription: its product's own before any other.

        Where AWS told the product's id alone, nobody knows whether a rule for a code is its own.
        Then it is one of which nobody knows how many units it includes: AWS cannot be asked either.
        """
        product = subscription.product_code
        own = self._rules.get((product, dimension))
        if own is None and product.startswith(PRODUCT_ID_PREFIX):
            others = {code for code, of in self._rules if of == dimension and code is not None}
            if others:
                return Rule(product, dimension, None, Period.AGREEMENT)
        return own or self._rules.get((None, dimension))

    def rules_for(self, subscription: Subscription) -> list[Rule]:
        """Return the rules for all dimensions of a subscription, in their order."""
        dimensions = sorted({dimension for _, dimension in self._rules})
        found = (self.rule_for(subscription, dimension) for dimension in dimensions)
        return [rule for rule in found if rule is not None]


NOTHING_INCLUDED = Rules()


def read_rules(text: str) -> Rules:
    """Read rules as they stand in a setting, separated by commas; raises UnreadableError."""
    rules = [_read_rule(part.strip()) for part in text.split(",") if part.strip()]
    named = [(rule.product_code, rule.dimension) for rule in rules]
    for product_code, dimension in named:
        if named.count((product_code, dimension)) > 1:
            raise UnreadableError("rule_invalid", f"{dimension!a} has two rules")
    return Rules(rules)


def period_end(period: str, starts_at: datetime | None) -> datetime | None:
    """Return when a period is over that `Rule.period_of` named; None if that cannot be told.

    It can not of the whole of a subscription, nor of a year of one whose start nobody told.
    """
    match period.split("-"):
        case ["year", number]:
            return None if starts_at is None else _anniversary(starts_at, int(number))
        case [year, month]:
            return next_month_of(datetime(int(year), int(month), 1, tzinfo=UTC))
        case _:
            return None


def _read_rule(text: str) -> Rule:
    meter, is_rule, granted = text.rpartition("=")
    source, is_lasting, period = granted.rpartition("/")
    product_code, _, dimension = meter.rpartition(":")
    if not (is_rule and is_lasting and _is_dimension(dimension) and period in Period):
        raise UnreadableError("rule_invalid", f"{text!a}: {_FORM}")
    word, is_apart, entitled = source.partition(":")
    if word != _ENTITLEMENT:
        return Rule(product_code or None, dimension, read_quantity(source), Period(period))
    if is_apart and not _is_dimension(entitled):
        raise UnreadableError("rule_invalid", f"{text!a}: {_FORM}")
    return Rule(product_code or None, dimension, None, Period(period), entitled or None)


def _is_dimension(name: str) -> bool:
    return bool(name) and _NO_DIMENSION.isdisjoint(name)


def _years_between(start: datetime, moment: datetime) -> int:
    """Return how many years are over: a contract of a year ends with it, and not the day before."""
    years = moment.year - start.year
    return max(years - (moment < _anniversary(start, years)), 0)


def _anniversary(start: datetime, years: int) -> datetime:
    """Return when so many years are over; who began on 29 February has his day on 1 March."""
    month_at = datetime(start.year, start.month, 1, tzinfo=UTC)
    return month_at.replace(year=start.year + years) + (start - month_at)
