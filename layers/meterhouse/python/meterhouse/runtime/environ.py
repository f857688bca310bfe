"""How a variable of the environment is read."""

from collections.abc import Mapping

from meterhouse.errors import SettingsError


def text(environ: Mapping[str, str], name: str) -> str:
    """Return a variable that must be there; raises SettingsError naming it."""
    value = environ.get(name, "")
    if not value:
        raise SettingsError(f"environment variable {name} is missing")
    return value


def flag(environ: Mapping[str, str], name: str) -> bool:
    """Return a variable that is true or false; raises SettingsError naming it."""
    value = text(environ, name)
    if value not in {"true", "false"}:
        raise SettingsError(f"{name} must be true or false, not {value!a}")
    return value == "true"


def whole(environ: Mapping[str, str], name: str, lowest: int, highest: int) -> int:
    """Return a whole number within bounds; raises SettingsError naming the variable."""
    value = text(environ, name)
    if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
        raise SettingsError(f"{name} must be from {lowest} to {highest}, not {value!a}")
    return int(value)


def names(environ: Mapping[str, str], name: str) -> frozenset[str]:
    """Return the names in a variable, separated by commas; none if it is missing or empty."""
    return frozenset(filter(None, environ.get(name, "").replace(" ", "").split(",")))
