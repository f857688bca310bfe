"""The books of a deployment: where every journalled unit stands at this moment."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from meterhouse.domain.accounting.balances import Balance, Standing, balance_log
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import Segment, decode_segment
from meterhouse.use_cases.accounting.balance_log import BalanceLog
from meterhouse.use_cases.journal.read_log import freezes_of
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import Meterhouse
from tests.fakes.world import InMemoryReport

LOOK_BACK = timedelta(hours=30)
LOOK_AHEAD = timedelta(hours=2)
# What AWS bills already, and what stands in the books of another hour.
_OUT_OF_SIGHT = {Standing.METERED, Standing.CARRIED}


def heads_of(house: Meterhouse) -> list[Head]:
    """Return the heads of every hour that can have usage."""
    if isinstance(house.ledger, InMemoryLedger):
        return [house.ledger.stored_heads[log] for log in sorted(house.ledger.stored_heads)]
    first_at, last_at = house.hour_at - LOOK_BACK, house.clock.now() + LOOK_AHEAD
    return list(house.ledger.heads_between(first_at, last_at))


def counting_segments(house: Meterhouse, head: Head) -> Iterator[tuple[int, str, Segment]]:
    """Yield what counts in a log, or will count when its open generation is closed."""
    manifests = house.ledger.manifests(head.log)
    for one in house.ledger.segments(head.log, 0):
        if one.generation >= head.open or one.name in manifests.get(one.generation, ()):
            yield one.generation, one.name, decode_segment(one.name, one.blob)


def balances_of(house: Meterhouse) -> list[Balance]:
    """Balance every meter of every hour as of now, what is not closed yet included."""
    balances: list[Balance] = []
    for head in heads_of(house):
        carries = house.ledger.carries(head.log).values()
        batches = house.ledger.batches(head.log)
        fold = LogFold(freezes_of(batches))
        for counting in counting_segments(house, head):
            fold.add(*counting)
        fold.name(house.ledger.names(head.log))
        balances += balance_log(head, fold, batches, carries)
    return balances


def units_in_sight(house: Meterhouse) -> Decimal:
    """Return the units that AWS does not bill and that stand where they can be seen."""
    return sum(
        (
            units
            for balance in balances_of(house)
            for standing, units in balance.standings.items()
            if standing not in _OUT_OF_SIGHT
        ),
        Decimal(0),
    )


def check_books(house: Meterhouse) -> None:
    """Hold that every unit has its place, and that what was carried counts once, where it went."""
    assert [one for one in balances_of(house) if one.difference] == []
    arrivals = Counter(
        (segment.origin, str(head.log))
        for head in heads_of(house)
        for _, _, segment in counting_segments(house, head)
        if segment.origin
    )
    carries = [one for head in heads_of(house) for one in house.ledger.carries(head.log).values()]
    arrived = [(one.origin, str(one.target)) for one in carries if one.has_arrived]
    assert arrivals.keys() >= set(arrived)
    assert len({origin for origin, _ in arrivals}) == len(arrivals), "an origin counts once"
    _account(house)
    assert house.report.metrics["AccountingDifferences"] == 0


def _account(house: Meterhouse) -> None:
    """Let the accounting itself look at every log that was dealt with."""
    report = InMemoryReport()
    account = BalanceLog(house.ledger, house.clock, report)
    for head in heads_of(house):
        if not head.has_new_usage and not head.waiting:
            account(head)
    assert report.metrics["AccountingDifferences"] == 0, report.events
