"""Packing as many things together as fit."""

from meterhouse.domain.packing import pack


def test_what_is_too_heavy_comes_alone_and_in_its_place() -> None:
    shares = pack([9, 1, 2, 2, 9, 3, 3], int, weight_max=5)

    assert [*shares] == [[9], [1, 2, 2], [9], [3], [3]]


def test_a_share_holds_so_many_and_no_more() -> None:
    assert [*pack("abcde", len, weight_max=9, count_max=2)] == [["a", "b"], ["c", "d"], ["e"]]
    assert [*pack("", len, weight_max=9, count_max=2)] == []
