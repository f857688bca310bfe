"""Faults gathered: whoever mends usage should learn of all of them at once."""

from collections.abc import Callable

from meterhouse.errors import Fault, UnreadableError


class Faults(list[Fault]):
    """The faults of one thing, in the order in which they were looked for."""

    def reading[**Arguments, Value](
        self,
        read: Callable[Arguments, Value],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Value | None:
        """Return what was read, or None and note what is wrong with it."""
        try:
            return read(*arguments, **options)
        except UnreadableError as error:
            self.extend(error.faults)
            return None

    def note(self, code: str, sentence: str) -> None:
        """Add a fault."""
        self.append(Fault(code, sentence))

    def raise_any(self) -> None:
        """Raise UnreadableError with every fault, if there is one."""
        if self:
            first, *others = self
            raise UnreadableError(*first, *others)
