"""What people did about unbilled usage, as an attribute beside what it is about."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.usage_table.documents import Positions, read_document, write_document
from meterhouse.adapters.usage_table.items import binary
from meterhouse.domain.records.settlement import Operator, SettledAs, Settlement

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Value


def write_settlements(settlements: Mapping[int, Settlement]) -> "Value | None":
    """Return settlements by place as an attribute, equal ones once; or nothing."""
    if not settlements:
        return None
    distinct = Positions[Settlement]()
    places = [(place, distinct.of(one)) for place, one in sorted(settlements.items())]
    return binary(write_document([[*map(_row_of, distinct.things)], places]))


def read_settlements(value: "Value | None") -> dict[int, Settlement]:
    """Read what `write_settlements` wrote; raises one of the errors of broken documents."""
    if value is None:
        return {}
    (rows, places), _ = read_document(bytes(value["B"]))
    distinct = [_read_row(row) for row in rows]
    return {place: distinct[number] for place, number in places}


def write_places(places: Iterable[int]) -> "Value | None":
    """Return places as an attribute, or nothing."""
    found = sorted(places)
    return binary(write_document(found)) if found else None


def read_places(value: "Value | None") -> list[int]:
    """Read what `write_places` wrote; raises one of the errors of broken documents."""
    if value is None:
        return []
    places, _ = read_document(bytes(value["B"]))
    return [int(place) for place in places]


def _row_of(one: Settlement) -> list[Any]:
    by = one.settled_by
    at = one.settled_at.isoformat()
    return [one.settled_as, one.settled_reason, one.reference, by.caller, by.name, at]


def _read_row(row: list[Any]) -> Settlement:
    settled_as, reason, reference, caller, name, at = row
    operator = Operator(caller, name)
    settled_at = datetime.fromisoformat(at)
    return Settlement(SettledAs(settled_as), reason, reference, operator, settled_at)
