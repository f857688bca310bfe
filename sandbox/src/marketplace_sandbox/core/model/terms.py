"""What a command and the thing that it makes have in common, said once."""

from dataclasses import fields
from typing import Any


def terms_of(said: object, terms: type) -> dict[str, Any]:
    """Return what is said of the fields of a dataclass, by their names, for another of its kind."""
    return {one.name: getattr(said, one.name) for one in fields(terms)}
