"""The usual ways beside ours, for a few events whose cost is plain."""

from bench.rivals import RIVALS, rivals_beside

USUAL, PENDING = (rival.title for rival in RIVALS)


def test_a_write_per_event_costs_a_unit_for_each_event_and_a_mark_for_each_record() -> None:
    cost = rivals_beside(events=1_000, records=100)[USUAL]

    assert cost.drain.write_units == cost.drain.calls == 1_000
    # Ten events of a record are read at once: 1.7 KB are one unit.
    assert cost.billing.write_units == cost.billing.read_units == 100


def test_a_pending_index_makes_every_event_cost_four_units() -> None:
    cost = rivals_beside(events=1_000, records=100)[PENDING]

    assert cost.drain.write_units == 2 * cost.drain.index_units == 2_000
    assert cost.billing.write_units == 2 * cost.billing.index_units == 2_000


def test_the_index_is_read_in_one_and_at_half_the_price() -> None:
    cost = rivals_beside(events=500, records=500)

    assert cost[USUAL].billing.read_units == 500
    # 500 entries of about 190 bytes are 95 KB: some 23 units, or half as many eventually.
    assert 10 < cost[PENDING].billing.read_units < 13


def test_stored_bytes_hold_every_event_with_what_dynamodb_adds() -> None:
    costs = rivals_beside(events=1_000, records=1)

    assert 250_000 < costs[USUAL].stored_bytes < costs[PENDING].stored_bytes < 350_000
