"""How a state stands in an item: one attribute for each thing that is known."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.billed_identities import read_identity, write_identity
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.hours import format_moment
from meterhouse.domain.subscriptions.entitlements import (
    Entitlements,
    read_entitlement,
    write_entitlement,
)
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.state import Flag, Phase, State

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Item, Value
    from meterhouse.domain.subscriptions.announcing import News

STATE = "state"
VERSION = "version"
PHASE_INDEX = "phase"
# The range of the index by phase; what is not listed has its time under another name.
_LISTED_AT, _UNLISTED_AT = "phase_at", "unlisted_phase_at"
# The index by buyer, and its hash.
ACCOUNT_INDEX = "account"
# The filter of the table's stream looks whether it is there; a function cannot be asked for that.
NEWS = "news"
_ASKED_FOR = "current "
_READ: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "phase": lambda value: Phase(value["S"]),
    "flags": lambda value: tuple(Flag(one["S"]) for one in value["L"]),
    "identity": lambda value: read_identity(value["S"]),
    "successor_licenses": lambda value: tuple(FolderKey(one["S"]) for one in value["L"]),
    "facts": lambda value: int(value["N"]),
    "has_access": lambda value: bool(value["BOOL"]),
    "alias_of": lambda value: FolderKey(value["S"]),
    "entitlements": lambda value: _read_entitlements(value["S"]),
}
_TIMES = frozenset(field.name for field in fields(State) if field.name.endswith(("_at", "_until")))


def state_key(folder: str) -> "dict[str, Value]":
    """Return the key of a folder's state."""
    return {"pk": text(folder), "sk": text(STATE)}


def write_state(
    state: State, version: int, *, is_listed: bool, news: "Sequence[News]" = ()
) -> "dict[str, Value]":
    """Return the item of a state, and in it what there is to tell of the one before."""
    item = state_key(state.folder)
    for field in fields(state):
        value = getattr(state, field.name)
        if value is not None and field.name != "folder":
            item[field.name] = _write(value)
    item[VERSION] = {"N": str(version)}
    if news:
        item[NEWS] = text(" ".join(news))
    if not is_listed:
        item[_UNLISTED_AT] = item.pop(_LISTED_AT)
    elif state.account_id is not None:
        item[ACCOUNT_INDEX] = text(state.account_id)
    return item


def asked_for(asked_at: str) -> "Value":
    """Return what has a state told as it stands; another time has it told once more."""
    return text(f"{_ASKED_FOR}{asked_at}")


def is_asked_for(item: Mapping[str, Any]) -> bool:
    """Tell whether somebody asked to be told of a state, after it was written."""
    return NEWS in item and str(item[NEWS]["S"]).startswith(_ASKED_FOR)


def is_listed(item: "Item") -> bool:
    """Tell whether an item is found by phase and by account."""
    return _LISTED_AT in item


def read_state(item: "Item") -> State:
    """Read what `write_state` wrote; raises KeyError or ValueError."""
    at = item.get(_LISTED_AT) or item[_UNLISTED_AT]
    try:
        known: dict[str, Any] = {
            field.name: _read(field.name, item[field.name])
            for field in fields(State)
            if field.name in item
        }
        known |= {"folder": FolderKey(item["pk"]["S"]), "phase_at": _read(_LISTED_AT, at)}
        return State(**known)
    except (TypeError, ArithmeticError) as error:
        raise ValueError(repr(error)) from error


def _write(value: Any) -> "Value":  # noqa: ANN401 - a field of a State
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return text(value)
        case datetime():
            return text(format_moment(value))
        case tuple():
            return {"L": [text(one) for one in value]}
        case _:
            is_held = isinstance(value, Entitlements)
            return text(_written(value) if is_held else write_identity(value))


def _read(name: str, value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a field of a State
    if name in _TIMES:
        return datetime.fromisoformat(value["S"]).astimezone(UTC)
    read = _READ.get(name)
    return value["S"] if read is None else read(value)


def _written(entitlements: Entitlements) -> str:
    held = [write_entitlement(one) for one in entitlements.all]
    document = {"asked_at": format_moment(entitlements.asked_at), "all": held}
    return json.dumps(document, separators=(",", ":"))


def _read_entitlements(written: str) -> Entitlements:
    document = json.loads(written)
    held = tuple(read_entitlement(one) for one in document["all"])
    return Entitlements(datetime.fromisoformat(document["asked_at"]), held)
