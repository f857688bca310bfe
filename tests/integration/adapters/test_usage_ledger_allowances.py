"""The contract of allowances: what records take is written with them, all or none, and once."""

from decimal import Decimal

from meterhouse.domain.allowances.allowance import Allowance, AllowanceKey, Taking
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import Lease, UnbilledLedger, UsageLedger
from tests.integration.adapters.ledger_steps import LOG, batch, opened, sealed, taken, taken_over

BUYER, OTHER = SubscriptionKey("license#l-1"), SubscriptionKey("license#l-2")
CALLS = AllowanceKey(MeterKey(BUYER, "api calls #1 ☂"), "2026-11")
NEXT_MONTH = CALLS._replace(period="2026-12")
FOREVER = AllowanceKey(MeterKey(BUYER, "gigabytes"), "agreement")
OTHERS = AllowanceKey(MeterKey(OTHER, "gigabytes"), "agreement")


def take(key: AllowanceKey, before: str, units: str, granted: int = 100) -> Taking:
    return Taking(key, Decimal(before), Decimal(units), Decimal(granted))


def test_nothing_was_taken_until_something_is(ledger: UsageLedger) -> None:
    assert ledger.taken([CALLS, FOREVER]) == {CALLS: Decimal(0), FOREVER: Decimal(0)}


def test_what_records_take_is_written_with_them(ledger: UnbilledLedger) -> None:
    opened(ledger)
    lease = taken(ledger)

    takings = [take(CALLS, "0", "0.000001"), take(FOREVER, "0", "9999999999.999999")]
    assert ledger.freeze(lease, [batch("a")], takings) is True
    later = [take(CALLS, "0.000001", "5", granted=200), take(OTHERS, "0", "1")]
    assert ledger.freeze(lease, [batch("b")], later) is True

    assert ledger.taken([CALLS, NEXT_MONTH, FOREVER, OTHERS]) == {
        CALLS: Decimal("5.000001"),
        NEXT_MONTH: Decimal(0),
        FOREVER: Decimal("9999999999.999999"),
        OTHERS: Decimal(1),
    }
    assert ledger.allowances(BUYER) == [
        Allowance(CALLS, Decimal(200), Decimal("5.000001")),
        Allowance(FOREVER, Decimal(100), Decimal("9999999999.999999")),
    ]
    assert ledger.allowances(SubscriptionKey("license#l-")) == []


def test_who_read_before_somebody_else_took_writes_nothing(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    ledger.freeze(lease, [batch("a")], [take(CALLS, "0", "5")])

    takings = [take(CALLS, "0", "7"), take(FOREVER, "0", "7")]
    assert ledger.freeze(lease, [batch("b")], takings) is False

    assert [one.key.name for one in ledger.batches(LOG)] == ["a"]
    assert ledger.taken([CALLS, FOREVER]) == {CALLS: Decimal(5), FOREVER: Decimal(0)}
    assert ledger.freeze(lease, [batch("b")], [take(CALLS, "5", "2")]) is True
    assert ledger.freeze(lease, [batch("c")], [take(CALLS, "5", "2")]) is False
    assert ledger.taken([CALLS]) == {CALLS: Decimal(7)}


def test_the_same_write_again_takes_nothing_twice(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    takings = [take(CALLS, "0", "5")]

    assert ledger.freeze(lease, [batch("a")], takings) is True
    assert ledger.freeze(lease, [batch("a")], takings) is True

    assert ledger.taken([CALLS]) == {CALLS: Decimal(5)}


def test_without_the_lease_nothing_is_taken(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    taken_over(ledger)

    assert ledger.freeze(lease, [batch("a")], [take(CALLS, "0", "5")]) is False
    assert ledger.freeze(Lease(LOG, "mine"), [batch("a")], [take(CALLS, "0", "5")]) is False

    assert ledger.taken([CALLS]) == {CALLS: Decimal(0)}


def test_75_records_take_from_as_many_allowances_together(ledger: UsageLedger) -> None:
    opened(ledger)
    keys = [CALLS._replace(meter=MeterKey(BUYER, f"d{number:02}")) for number in range(75)]
    batches = [
        batch(name, *(sealed(number * 25 + place) for place in range(25)))
        for number, name in enumerate("abc")
    ]

    takings = [take(key, "0", "1") for key in keys]
    assert ledger.freeze(taken(ledger), batches, takings) is True

    assert set(ledger.taken(keys).values()) == {Decimal(1)}
    assert ledger.batches(LogKey(LOG.hour_at, LOG.shard)) == batches
