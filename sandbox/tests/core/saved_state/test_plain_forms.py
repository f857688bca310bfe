"""What the state is made of goes to JSON and back exactly, whatever its type."""

import json
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_sandbox.core.saved_state.plain_forms import Forms, Shared, frozen
from marketplace_sandbox.core.saved_state.plain_values import DEPTH_MAX, UnreadableError

NOON_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Pair(NamedTuple):
    left: Decimal
    right: str | None


class Colour(StrEnum):
    RED = "red"


class Size(Enum):
    BIG = 1


@dataclass(frozen=True, slots=True)
class Dot:
    place: tuple[int, ...]
    colour: Colour = Colour.RED


type Number = int | float | bool | str


@dataclass(slots=True)
class Box:
    names: dict[str, Dot] = field(default_factory=dict)
    by_key: dict[tuple[str, datetime], tuple[str, ...]] = field(default_factory=dict)
    latest: deque[Pair] = field(default_factory=lambda: deque(maxlen=3))
    members: set[Size] = field(default_factory=set)
    dot: Dot | None = None
    value: Number = 0
    other: Number | None = None
    seen_at: datetime | None = None
    lasts: timedelta = timedelta()
    secret: bytes = b""
    document: Mapping[str, object] = field(default_factory=dict)
    rest: list[bool] = field(default_factory=list)


def forms(*shared: type) -> Forms:
    return Forms(shared={kind: Shared() for kind in shared}, special={})


def there_and_back(value: Any, kind: Any) -> Any:
    form = forms().of(kind)
    return form.read(json.loads(json.dumps(form.write(value))))


# UTC knows no hour that comes twice, so no `fold`, which ISO 8601 could not tell.
instants = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(fold=0))
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.decimals(allow_nan=False)
    | instants
    | st.timedeltas()
    | st.binary()
)
keys = st.text(st.characters()) | st.sampled_from(["$", "$Decimal", "$dict"])
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(documents)
def test_a_document_of_any_make_comes_back_as_it_was(document: object) -> None:
    again = there_and_back(document, object)
    assert again == document
    assert repr(again) == repr(document)


boxes = st.builds(
    Box,
    names=st.dictionaries(st.text(), st.builds(Dot, place=st.lists(st.integers()).map(tuple))),
    latest=st.lists(st.builds(Pair, st.decimals(allow_nan=False), st.none() | st.text())).map(
        lambda pairs: deque(pairs, maxlen=3)
    ),
    members=st.sets(st.sampled_from(Size)),
    dot=st.none() | st.builds(Dot, place=st.just(()), colour=st.sampled_from(Colour)),
    value=st.integers() | st.booleans() | st.text() | st.floats(allow_nan=False),
    other=st.none() | st.integers(),
    seen_at=st.none() | instants,
    lasts=st.timedeltas(),
    secret=st.binary(),
    document=st.dictionaries(st.text(), documents, max_size=3),
)


@given(boxes)
def test_an_object_comes_back_equal_and_of_the_same_types(box: Box) -> None:
    again = there_and_back(box, Box)
    assert again == box
    assert repr(again) == repr(box)


def test_a_deque_keeps_the_limit_that_its_default_gave_it() -> None:
    again = there_and_back(Box(latest=deque([Pair(Decimal(1), "a")] * 2, maxlen=3)), Box)
    again.latest.extend([Pair(Decimal(2), None)] * 2)
    assert again.latest == deque([Pair(Decimal(1), "a"), *[Pair(Decimal(2), None)] * 2])


def test_a_frozen_copy_does_not_change_with_the_original() -> None:
    box = Box()
    box.by_key["a", NOON_AT] = ("b",)
    copy = frozen(box)
    box.by_key["a", NOON_AT] = ("c",)
    box.latest.append(Pair(Decimal(1), None))
    box.members.add(Size.BIG)
    box.rest.append(True)
    assert copy.by_key == {("a", NOON_AT): ("b",)}
    assert (copy.latest, copy.members, copy.rest) == (deque(), set(), [])


def test_shared_objects_are_written_once_and_read_as_one() -> None:
    shared: dict[type, Shared] = {Dot: Shared()}
    both = Forms(shared=shared, special={}).of(tuple[Dot, Dot])
    dot = Dot((1, 2))
    assert both.write((dot, dot)) == [0, 0]
    assert shared[Dot].written == [dot]
    shared[Dot].read.append(dot)
    first, second = both.read([0, 0])
    assert first is second is dot
    with pytest.raises(UnreadableError):
        both.read([0, 1])


def test_a_field_that_was_added_later_gets_its_default() -> None:
    assert forms().of(Dot).read({"place": [1]}) == Dot((1,))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (int, True),
        (int, 1.0),
        (bool, 1),
        (str, 1),
        (Decimal, "one"),
        (Decimal, 1),
        (datetime, "noon"),
        (datetime, "2026-11-22T12:00:00"),
        (timedelta, 10**30),
        (bytes, "%"),
        (Colour, "blue"),
        (Colour, []),
        (Dot, []),
        (Dot, {"place": [], "weight": 1}),
        (Dot, {}),
        (Pair, ["1"]),
        (Pair, {}),
        (tuple[int, ...], {"a": 1}),
        (dict[str, int], [["a"]]),
        (Number, []),
        (object, {"$Fraction": "1/2"}),
    ],
)
def test_what_was_not_written_is_not_read(kind: Any, raw: object) -> None:
    with pytest.raises(UnreadableError):
        forms().of(kind).read(raw)


def test_an_error_names_the_place() -> None:
    with pytest.raises(UnreadableError, match=r"^names\.0\.1\.place\.2: str in place of int$"):
        forms().of(Box).read({"names": [["a", {"place": [1, 2, "3"]}]]})


class Strange:
    pass


@dataclass
class Changing:
    strange: list[int]


@dataclass
class Counting:
    strange: dict[str, int] = field(default_factory=Counter)


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        *((kind, "Strange") for kind in (Strange, list[Strange], dict[str, Strange])),
        *((kind, "Strange") for kind in (int | Strange, Dot | Strange | None)),
        *((kind, "list") for kind in (list[set[int]], list[Changing], list[tuple[Changing, ...]])),
        (tuple[str, list[int]], "tuple"),
        (Counting, "strange"),
    ],
    ids=str,
)
def test_a_type_that_cannot_be_written_is_named_when_its_form_is_built(
    kind: Any, named: str
) -> None:
    with pytest.raises(TypeError, match=named):
        forms().of(kind)


def test_a_document_that_is_nested_too_deeply_is_cut_off() -> None:
    document: list[object] = []
    for _ in range(DEPTH_MAX * 50):
        document = [document]
    again, depth = there_and_back(document, object), 0
    while again:
        again, depth = again[0], depth + 1
    assert depth == DEPTH_MAX + 1
