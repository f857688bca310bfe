"""How much is tried of what could be: all of it, and in `make check` a part."""

from collections.abc import Iterable, Iterator
from itertools import islice

from hypothesis import settings


def chosen[T](cases: Iterable[T], *, one_in: int) -> Iterator[T]:
    """Yield all cases; in `make check`, which looks for what is plainly wrong, one in so many."""
    is_quick = settings.get_current_profile_name() == "quick"
    return islice(cases, 0, None, one_in if is_quick else 1)
