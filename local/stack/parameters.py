"""The template's parameters: local defaults, and what the person at the keyboard overrides."""

import json
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

from local.stack.errors import StackError

_ARM_MACHINES = frozenset({"arm64", "aarch64"})


def local_defaults() -> dict[str, str]:
    """Return values that suit one machine and an impatient reader; all else is as in production."""
    return {
        "Architecture": "arm64" if platform.machine() in _ARM_MACHINES else "x86_64",
        "QuietSeconds": "10",
        "UsageBatchingWindowSeconds": "1",
        "ReconcileSchedule": "rate(1 minute)",
    }


def parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """Parse `Name=Value` texts; a StackError quotes the one that is not of this form."""
    values: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not name or not equals:
            raise StackError(f"a parameter is given as Name=Value, not as {assignment!r}")
        if values.setdefault(name, value) != value:
            raise StackError(f"{name} is given twice, as {values[name]!r} and as {value!r}")
    return values


def check_names(declared: frozenset[str], overrides: Mapping[str, str]) -> None:
    """Raise a StackError that names what the template does not declare, and what it does."""
    unknown = sorted(overrides.keys() - declared)
    if unknown:
        raise StackError(
            f"the template has no parameter {', '.join(unknown)}; "
            f"it has {', '.join(sorted(declared))}"
        )


def choose_parameters(declared: Iterable[str], overrides: Mapping[str, str]) -> dict[str, str]:
    """Combine the local defaults that the template declares with the overrides."""
    names = frozenset(declared)
    check_names(names, overrides)
    defaults = {name: value for name, value in local_defaults().items() if name in names}
    return defaults | dict(overrides)


def write_overrides(overrides: Mapping[str, str], path: Path) -> None:
    """Keep what a stack was started with."""
    path.write_text(json.dumps(dict(overrides)))


def read_overrides(path: Path) -> dict[str, str]:
    """Read what `write_overrides` wrote; nothing, if there is nothing."""
    try:
        return {str(name): str(value) for name, value in json.loads(path.read_text()).items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}
