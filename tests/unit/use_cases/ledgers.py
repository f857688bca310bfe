"""Ledgers in memory to which something happens."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from meterhouse.ports.ledger import UsageLedger
from tests.fakes.ledger import InMemoryLedger

PORT_METHODS = {name for name in vars(UsageLedger) if not name.startswith("_")}
WRITES = {
    *("append", "open_log", "wake", "take", "release", "postpone"),
    *("write_manifest", "freeze", "store", "write_carry", "store_audited", "write_sheet"),
}

Hook = Callable[[str], None]


def nothing(_method: str) -> None:
    """Let a call pass."""


class HookedLedger(InMemoryLedger):
    """Keeps what was asked of it, and lets something happen before and after every call.

    What happens may use the ledger itself: that is neither kept nor hooked.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.before: Hook = nothing
        self.after: Hook = nothing
        self._is_hooked = True

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name in PORT_METHODS and super().__getattribute__("_is_hooked"):
            return partial(self._ask, name, found)
        return found

    def _ask(self, name: str, method: Callable[..., Any], *args: object, **options: object) -> Any:
        self.asked.append(name)
        self._aside(self.before, name)
        # What a method asks of the ledger in its turn is no call of its own.
        self._is_hooked = False
        try:
            answer = method(*args, **options)
            if isinstance(answer, Iterator):
                # What is read is read now, and not when somebody asks for the next of it.
                answer = iter(list(answer))
        finally:
            self._is_hooked = True
        self._aside(self.after, name)
        return answer

    def _aside(self, hook: Hook, name: str) -> None:
        if hook is nothing:
            return
        self._is_hooked = False
        try:
            hook(name)
        finally:
            self._is_hooked = True

    @property
    def counted(self) -> Counter[str]:
        """How often each method was asked."""
        return Counter(self.asked)


def on(method: str, do: Callable[[], object], *, times: int = 1) -> Hook:
    """Return a hook that does something at the first calls of one method."""
    left = [times]

    def hook(name: str) -> None:
        if name == method and left[0]:
            left[0] -= 1
            do()

    return hook
