"""What usage costs, counted on a small scale and reckoned by hand; `make bench` counts more."""

from dataclasses import replace
from decimal import Decimal

from bench import shapes
from bench.counting import Life
from bench.playing import Part, Play, playing
from bench.spending import Costs
from meterhouse.domain.allowances.rules import read_rules
from meterhouse.domain.subscriptions.entitlements import Entitlements
from meterhouse.domain.subscriptions.subscription import Subscription
from tests.bench.laboratory import Laboratory


def written(life: Life, part: Part) -> tuple[float, float]:
    """Return the write units of a part, and which of them are the index's."""
    return float(life.parts[part].write_units), float(life.parts[part].index_units)


def test_each_part_of_a_life_costs_what_its_writes_add_up_to(moto_laboratory: Laboratory) -> None:
    life = moto_laboratory.live(shapes.steady(1, 1, drains=2))

    assert (life.events, life.records, life.drains, life.metering_calls) == (2, 1, 2, 1)
    # Two segments, two notes of the first drain (one says that there was none for long), the
    # head and its entry.
    assert written(life, Part.DRAIN) == (2 + 2 + 2, 1)
    # The head is leased (1); the manifest (1); a transaction checks the head and writes a batch
    # with its entry (2 + 2 + 1); the head is released, its entry moves (3); the quota's counter is
    # brought to the present (2); the answer is stored and the batch's entry goes (2).
    assert written(life, Part.CLOSING) == (1 + 1 + 5 + 3 + 2 + 2, 4)
    # Totals in the head, whose entry moves.
    assert written(life, Part.ACCOUNTING) == (1 + 2, 2)
    # The sheet; the head, whose entry goes.
    assert written(life, Part.FILING) == (1 + 2, 1)
    assert life.whole.write_units == 26
    # Each drain looks at the head of its hour: one read, and one call beside those that write. The
    # first looks for the notes of others, which stand in two places.
    assert (life.drain.read_units, life.drain.calls) == (Decimal(2 + 2), Decimal(2 + 2 * 2 + 1 + 2))
    assert life.per_event(life.whole.write_units) == 13_000


def test_twice_as_many_meters_in_a_drain_cost_it_nothing(moto_laboratory: Laboratory) -> None:
    life = moto_laboratory.live(shapes.steady(6, 6, drains=2))

    assert (life.events, life.records) == (12, 6)
    assert life.drain.write_units == Decimal(6)


def test_records_of_many_customers_go_out_in_full_calls(moto_laboratory: Laboratory) -> None:
    life = moto_laboratory.live(shapes.sparse(26))

    assert (life.records, life.metering_calls) == (26, 2)
    # The sheets of 26 customers, and the head without its entry.
    assert written(life, Part.FILING) == (26 + 2, 1)


def test_late_usage_is_billed_in_another_hour_and_closes_its_own_again(
    moto_laboratory: Laboratory,
) -> None:
    life = moto_laboratory.live(shapes.late(1))

    assert (life.events, life.records, life.drains) == (20, 12, 2)
    # The first drain: two notes, segment, head and entry. The second, hours later: two notes, a
    # segment for the generation that it believes open, one for the next, and the head is woken, so
    # that its entry moves.
    assert written(life, Part.DRAIN) == ((2 + 1 + 2) + (2 + 1 + 1 + 3), 1 + 2)


def test_included_units_cost_a_read_and_a_write_in_a_transaction_for_each_record(
    moto_laboratory: Laboratory,
) -> None:
    """What a contract includes half of, so that as many records are sent as without."""
    records = 26
    without, included = (
        closing_of(moto_laboratory, records, rules) for rules in ("", "dimension_0=0.5/month")
    )

    more = (included - without).each(records)
    # An item of less than a kilobyte, in a transaction, which counts twice.
    assert more.write_units == 2
    # It is read strongly consistent, a hundred in a call.
    assert more.read_units == 1
    assert (included - without).calls == 1


def closing_of(laboratory: Laboratory, records: int, rules: str) -> Costs:
    """Return what it costs to close an hour of so many records under rules."""
    with playing(shapes.sparse(records), laboratory.account(), laboratory.recorder) as play:
        include(play, rules)
        play.drain_all()
        play.account_for()
        return play.costs[Part.CLOSING]


def include(play: Play, rules: str) -> None:
    ports = play.deployment.ports
    policy = replace(ports.policy, included=read_rules(rules))
    asking = replace(ports, policy=policy, ask_entitlements=no_entitlement)
    play.deployment = replace(play.deployment, ports=asking)


def no_entitlement(subscription: Subscription) -> Entitlements:
    raise AssertionError(f"a number needs no answer of AWS's about {subscription.key}")
