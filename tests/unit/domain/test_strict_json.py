"""JSON as a hostile producer may write it."""

from decimal import Decimal

import pytest

from meterhouse.domain.strict_json import (
    DUPLICATE_KEY,
    event_texts,
    is_whole,
    member_text,
    read_json,
)
from meterhouse.errors import UnreadableError


def test_integers_are_int_and_all_other_numbers_are_exact_decimals() -> None:
    document = read_json('{"whole": 12, "exact": 0.1, "scaled": 1e2}')

    assert document == {"whole": 12, "exact": Decimal("0.1"), "scaled": Decimal(100)}
    assert isinstance(document, dict)
    assert not any(isinstance(value, float) for value in document.values())


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "9" * 41, "1e9999999999999999999"]
)
def test_a_number_out_of_every_range_does_not_take_its_neighbours_along(text: str) -> None:
    document = read_json(f'[{text}, "neighbour"]')

    assert isinstance(document, list)
    assert isinstance(document[0], Decimal)
    assert document[0].is_nan()
    assert document[1] == "neighbour"


def test_an_object_that_names_a_key_twice_is_marked_and_others_are_not() -> None:
    document = read_json('[{"id": "a", "id": "b"}, {"id": "c", "tags": {"x": 1, "x": 1}}]')

    assert isinstance(document, list)
    marked, outer = document
    assert marked[DUPLICATE_KEY]
    assert DUPLICATE_KEY not in outer
    assert outer["tags"][DUPLICATE_KEY]


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"events":[{"tags":'])
def test_a_text_nested_beyond_all_reason_is_unreadable_and_crashes_nothing(opening: str) -> None:
    with pytest.raises(UnreadableError):
        read_json(opening * 100_000)


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[1,]", "{'a': 1}", "01", "1 2", "\ufeff{}", '{"quantity": ', "nul", '"\x01"'],
    ids=repr,
)
def test_what_is_not_json_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_json(text)


def test_half_a_surrogate_pair_is_read_so_that_its_field_can_be_refused_by_name() -> None:
    assert read_json(r'"\ud83d"') == "\ud83d"
    assert read_json(r'"\ud83d\ude00"') == "\U0001f600"


@pytest.mark.parametrize("depth", [1, 50])
def test_what_was_read_without_loss_is_whole(depth: int) -> None:
    text = '[{"a": [1, "1.50", null]}, ' * (depth // 2) + "[0.5" + "]" * (depth // 2 + 1)

    assert is_whole(read_json(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '[{"b": {"a": 1, "a": 1}}]',
        "[NaN]",
        '{"a": -Infinity}',
        f"[{'9' * 41}]",
        "[" * 51 + "]" * 51,
    ],
)
def test_what_lost_something_in_reading_is_not_whole(text: str) -> None:
    assert not is_whole(read_json(text))


def test_each_event_of_a_body_has_its_text() -> None:
    texts = ('{"a": 1, "a": 2}', "[NaN, [ ]]", '"]}"', "7")

    assert event_texts(f'\n{{ "events" : [ {" , ".join(texts)} ] }}\n') == texts


def test_each_event_of_an_array_has_its_text() -> None:
    texts = ('{"a": [1, {"b": ","}], "a": 2}', '"\\"],[\\\\"', '[["]"], "[", {}]', "-1.50")

    assert event_texts(f"\n[ {' , '.join(texts)} ] ") == texts


def test_a_member_of_an_object_has_its_text() -> None:
    members = '"n": {"detail": 1}, "": "detail", "d\\u0065tail" : {"a": NaN, "a": [": ,"]} , "z": 1'

    assert member_text(f" {{ {members} }}", "detail") == '{"a": NaN, "a": [": ,"]}'
    assert member_text(f" {{ {members} }}", "z") == "1"


@pytest.mark.parametrize("body", ['{"events": []}', '{"events":[ ]}', "[ ]"])
def test_a_body_without_events_has_no_texts(body: str) -> None:
    assert event_texts(body) == ()


def test_a_name_that_is_spelt_with_escapes_hides_no_event() -> None:
    assert event_texts('{"\\u0065ven\\u0074s": [NaN, 1]}') == ("NaN", "1")
