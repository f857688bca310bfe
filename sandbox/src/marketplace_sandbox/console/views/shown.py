"""Lists of which a page shows a part."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown[T]:
    """What is shown of a list, and how many entries there are."""

    entries: tuple[T, ...]
    count: int

    @property
    def hidden(self) -> int:
        """How many entries are not shown."""
        return self.count - len(self.entries)

    def __iter__(self) -> Iterator[T]:
        """Go through what is shown."""
        return iter(self.entries)

    def __len__(self) -> int:
        """Count what is shown."""
        return len(self.entries)

    def each[U](self, view: Callable[[T], U]) -> "Shown[U]":
        """Return what is made of each entry."""
        return Shown(tuple(map(view, self.entries)), self.count)


def first[T](things: Sequence[T], most: int) -> Shown[T]:
    """Show the first entries."""
    return Shown(tuple(things[:most]), len(things))


def latest[T](things: Sequence[T], most: int) -> Shown[T]:
    """Show the last entries, the last one first."""
    return Shown(tuple(things[: -most - 1 : -1]), len(things))
