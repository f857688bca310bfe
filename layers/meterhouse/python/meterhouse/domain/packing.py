"""Packing: as many things together as an item, a message or a call holds."""

from collections.abc import Callable, Iterable, Iterator


def pack[Item](
    items: Iterable[Item],
    weight_of: Callable[[Item], int],
    *,
    weight_max: int,
    count_max: int | None = None,
) -> Iterator[list[Item]]:
    """Yield items in their order, as many together as fit; what is too heavy comes alone."""
    share: list[Item] = []
    left = weight_max
    for item in items:
        weight = weight_of(item)
        if share and (weight > left or len(share) == count_max):
            yield share
            share, left = [], weight_max
        share.append(item)
        left -= weight
    if share:
        yield share
