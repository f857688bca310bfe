"""The sandbox as a whole, as JSON."""

from typing import TypedDict


class HealthDocument(TypedDict):
    """Says that the sandbox answers."""

    status: str


class SavedDocument(TypedDict):
    """What was saved; `machine_at` is the machine's time."""

    path: str
    size_bytes: int
    machine_at: str
