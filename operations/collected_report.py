"""A report that is kept for the command, instead of going to logs and metrics."""

from collections.abc import Iterator


class CollectedReport:
    """Implements `meterhouse.ports.Report`."""

    def __init__(self) -> None:
        self._events: list[tuple[str, dict[str, object]]] = []

    def event(self, name: str, **fields: object) -> None:
        """Keep an event."""
        self._events.append((name, fields))

    def count(self, metric: str, amount: float = 1) -> None:
        """Ignore a metric: whoever reads the table by hand changes no chart."""

    def publish(self) -> None:
        """Do nothing; what was kept is read here."""

    def clear(self) -> None:
        """Forget what was kept so far."""
        self._events.clear()

    def fields_of(self, name: str) -> Iterator[dict[str, object]]:
        """Yield the fields of the kept events of one name."""
        yield from (fields for kept, fields in self._events if kept == name)
