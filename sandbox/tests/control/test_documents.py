"""What writes a document follows from the document's type, and from what it is made of."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypedDict

import pytest

from marketplace_sandbox.control.documents import declare, written


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Leaf:
    colour: Colour
    grown_at: datetime | None
    odd: object = None


@dataclass(frozen=True)
class Tree:
    height: Decimal
    best: Leaf
    leaves: tuple[Leaf, ...]
    names: tuple[str, ...] = ("oak",)

    @property
    def is_high(self) -> bool:
        return self.height > 1


class LeafDocument(TypedDict):
    grown_at: str | None
    colour: str


class TreeDocument(TypedDict):
    metres: str
    is_high: bool
    best: LeafDocument
    leaves: list[LeafDocument]
    names: list[str]


NEW, OLD = Leaf(Colour.RED, None), Leaf(Colour.RED, datetime(2026, 11, 22, tzinfo=UTC))


def test_documents_within_a_document_are_written_as_their_type_says_in_its_order() -> None:
    write_leaf = declare(LeafDocument, Leaf)
    write = declare(TreeDocument, Tree, metres=lambda tree: tree.height)

    document = write(Tree(Decimal("1.50"), NEW, (OLD, NEW)))

    leaves = [{"grown_at": "2026-11-22T00:00:00Z", "colour": "red"}, write_leaf(NEW)]
    assert document == {
        "metres": "1.50",
        "is_high": True,
        "best": {"grown_at": None, "colour": "red"},
        "leaves": leaves,
        "names": ["oak"],
    }
    assert [*document] == [*TreeDocument.__annotations__]
    assert [*leaves[1]] == ["grown_at", "colour"]


def test_a_field_that_comes_from_nowhere_is_named_at_once() -> None:
    with pytest.raises(TypeError, match="Tree is no TreeDocument: metres"):
        declare(TreeDocument, Tree)
    with pytest.raises(TypeError, match="Leaf is no LeafDocument: weight"):
        declare(LeafDocument, Leaf, weight=lambda _: 1)


class OddDocument(TypedDict):
    odd: str


def test_a_value_that_no_document_has_is_refused() -> None:
    write = declare(OddDocument, Leaf)

    with pytest.raises(TypeError, match="no document has a Leaf"):
        write(Leaf(Colour.RED, None, odd=NEW))


def test_a_thing_is_written_as_the_document_that_was_declared_for_it() -> None:
    write = declare(OddDocument, Leaf)

    assert written(OLD) == write(OLD)
    with pytest.raises(TypeError, match="there is no document of a Colour"):
        written(Colour.RED)
