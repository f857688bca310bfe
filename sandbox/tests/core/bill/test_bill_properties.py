"""Whatever is sent, in whatever order, with whatever goes wrong: the bill is the first writes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import Shop, statuses

# A small universe, so that keys collide; the unknown dimension and the old hour fail whole calls.
RECORDS = st.tuples(
    st.sampled_from(["api_calls", "storage", "api_calls", "storage", "unknown"]),
    st.sampled_from([0, 1, 2, 0, 1, 2, 30]),
    st.integers(0, 3),
)
FAULTS = st.sampled_from(
    [None, None, "throttle", "internal_error_before", "internal_error_after", "unprocessed"]
)
CALLS = st.lists(st.tuples(FAULTS, st.lists(RECORDS, min_size=1, max_size=4)), max_size=12)


@settings(deadline=None)  # a busy machine is no failure
@given(CALLS)
def test_the_bill_is_the_first_accepted_quantity_of_each_key(
    calls: list[tuple[str | None, list[tuple[str, int, int]]]],
) -> None:
    shop = Shop()
    expected: dict[tuple[str, int], int] = {}
    for fault, records in calls:
        shop.marketplace.clear_faults()
        if fault is not None:
            shop.marketplace.inject_fault(fault)
        is_valid = all(name != "unknown" and hours < 24 for name, hours, _ in records)
        if is_valid and fault not in {"throttle", "internal_error_before"}:
            for name, hours, quantity in records[fault == "unprocessed" :]:
                expected.setdefault((name, hours), quantity)
        sent = [
            shop.licensed_record(
                Dimension=name, Quantity=quantity, Timestamp=shop.now - timedelta(hours=hours)
            )
            for name, hours, quantity in records
        ]
        try:
            answer = shop.meter(*sent)
        except ClientError:
            continue
        assert len(answer["Results"]) + len(answer["UnprocessedRecords"]) == len(sent)
    assert {
        (line.key.dimension, (shop.now - line.key.hour_at) // timedelta(hours=1)): line.quantity
        for line in shop.marketplace.bill()
    } == expected


def test_of_concurrent_writes_to_one_key_exactly_one_is_billed(shop: Shop) -> None:
    records = [shop.licensed_record(Quantity=quantity) for quantity in range(64)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(shop.meter, records))
    assert sorted(status for answer in answers for status in statuses(answer)) == (
        ["DuplicateRecord"] * 63 + ["Success"]
    )
    assert len(shop.billed()) == 1
