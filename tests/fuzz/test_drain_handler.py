"""The handler over moto, as SQS calls it: hostile batches, and bodies at the edge of JSON."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from tests.fuzz.batches import Message, batches, expect
from tests.fuzz.conftest import DeployedDrain
from tests.fuzz.usage import Member
from tests.fuzz.verdicts import assert_explained, assert_journal_holds, fuzz

# The handler reads the machine's clock, so usage must be told by it.
NOW_AT = datetime.now(UTC)
SENT_AT = NOW_AT.replace(microsecond=0) - timedelta(minutes=2)
SHAPES = {
    "arrays": ("[", "", "]"),
    "arrays around a number": ("[", "1", "]"),
    "objects": ('{"a": ', "{}", "}"),
    "arrays of objects": ('[{"a": ', "[]", "}]"),
}

NewDrain = Callable[[], DeployedDrain]


@fuzz(40)
@given(batch=batches(NOW_AT))
def test_the_handler_takes_any_batch(new_drain: NewDrain, batch: list[Message]) -> None:
    drain = new_drain()
    expectation = expect(batch, SENT_AT)

    assert drain.drain(batch, SENT_AT) == []

    assert_journal_holds(expectation, drain.ledger())
    rejections = drain.rejections()
    places = {(message_id, one["position"]) for message_id, one in rejections}
    assert places == set(expectation.rejected)
    for _, one in rejections:
        assert_explained(one["code"], one["reason"])
        assert "content" in one or "content_part" in one


@pytest.mark.parametrize("shape", SHAPES)
def test_a_body_nested_as_deeply_as_json_reads_harms_no_neighbour(
    new_drain: NewDrain, shape: str
) -> None:
    """What can just be read cannot always be written again; the drain must outlive that."""
    edge = deepest_reading(shape)
    bodies = [nested(shape, depth) for depth in range(edge - 12, edge + 3)]
    batch = [Message(body, (Member(body, None),), is_packed=False) for body in bodies]
    drain = new_drain()

    try:
        kept = drain.drain(batch, SENT_AT)
    except RecursionError:
        # Said in one line, because pytest would take minutes to print where this one comes from.
        pytest.fail("the drain raised RecursionError", pytrace=False)

    assert kept == []
    assert {message_id for message_id, _ in drain.rejections()} == {
        f"m{number}" for number in range(len(bodies))
    }


def nested(shape: str, depth: int) -> str:
    opening, innermost, closing = SHAPES[shape]
    return opening * depth + innermost + closing * depth


def deepest_reading(shape: str) -> int:
    """Return how deeply nested a text this machine's json reads."""
    read, unread = 1, 200_000
    while unread - read > 1:
        depth = (read + unread) // 2
        try:
            json.loads(nested(shape, depth))
        except RecursionError:
            unread = depth
        else:
            read = depth
    return read
