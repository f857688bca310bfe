"""Whatever is sent, in whatever order and from wherever: the bill is what the readings say."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.core.model.readings import (
    DedupeScope,
    Readings,
    SameRecordAgain,
    ZeroQuantity,
)
from tests.builders import Shop, statuses

SELLER = "111122223333"
READINGS = st.builds(
    Readings,
    same_record_again=st.sampled_from(SameRecordAgain),
    dedupe_scope=st.sampled_from(DedupeScope),
    zero_quantity=st.sampled_from(ZeroQuantity),
)
# A small universe, so that keys collide.
RECORDS = st.tuples(
    st.sampled_from(["api_calls", "storage"]), st.sampled_from([1, 2]), st.integers(0, 2)
)
CALLS = st.lists(
    st.tuples(
        st.sampled_from(["us-east-1", "eu-west-1"]), st.lists(RECORDS, min_size=1, max_size=4)
    ),
    max_size=10,
)

type Key = tuple[str, str, int]


@settings(deadline=None)  # a busy machine is no failure
@given(READINGS, CALLS)
def test_bill_statuses_and_losses_are_what_the_readings_say(
    readings: Readings, calls: list[tuple[str, list[tuple[str, int, int]]]]
) -> None:
    shop = Shop(readings=readings)
    expected: dict[Key, int] = {}
    losses: Counter[tuple[Key, int]] = Counter()
    for region, records in calls:
        answers = []
        for name, hours, quantity in records:
            by_region = readings.dedupe_scope is DedupeScope.REGION
            key = (region if by_region else "", name, hours)
            answers.append(answer_of(expected, key, quantity, readings))
            if expected[key] != quantity:
                losses[key, quantity] += 1
        sent = [
            shop.licensed_record(
                Dimension=name, Quantity=quantity, Timestamp=shop.now - timedelta(hours=hours)
            )
            for name, hours, quantity in records
        ]
        client = shop.marketplace.as_caller(account_id=SELLER, region=region)
        assert statuses(client.batch_meter_usage(UsageRecords=sent)) == answers
    assert billed_in(shop) == expected
    lost = shop.marketplace.desks.bill.lost_duplicates()
    assert sum(one.times for one in lost) == losses.total()
    assert len(lost) == len(losses)


def answer_of(bill: dict[Key, int], key: Key, quantity: int, readings: Readings) -> str:
    """Say what AWS answers, and keep the bill as AWS would."""
    billed = bill.get(key)
    is_open = readings.zero_quantity is ZeroQuantity.LEAVES_IT_OPEN and billed == 0 and quantity
    if billed is None or is_open:
        bill[key] = quantity
        return "Success"
    if billed == quantity and readings.same_record_again is SameRecordAgain.SUCCESS:
        return "Success"
    return "DuplicateRecord"


def billed_in(shop: Shop) -> dict[Key, Decimal]:
    return {
        (
            line.key.region,
            line.key.dimension,
            (shop.now - line.key.hour_at) // timedelta(hours=1),
        ): line.quantity
        for line in shop.marketplace.bill()
    }
