"""Every way to read AWS where it contradicts itself, for tests that must hold under all of them."""

from collections.abc import Iterator

from marketplace_sandbox.testing import Readings, read_as, values_by_switch


def _every_reading() -> Iterator[tuple[str, Readings]]:
    """Name the default, and each switch turned to each of its other readings."""
    default = Readings()
    yield "default", default
    for name, values in values_by_switch().items():
        for value in values:
            if value != getattr(default, name):
                yield f"{name}={value}", read_as(default, name, value)


READINGS = dict(_every_reading())
