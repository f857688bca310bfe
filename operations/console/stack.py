"""What pages read through: the tables, queues and functions of one stack, and its time."""

from contextlib import closing
from datetime import datetime
from threading import Lock
from typing import Any

from meterhouse.domain.allowances.rules import Rules
from operations.alarms import AlarmsAnswer, read_alarms
from operations.included_units import rules_of
from operations.options import Chosen, ResourceView
from operations.resources import client_in_aws, find_resource, tell_caller, tell_time


class Stack:
    """The stack that a console shows: a deployed one by its name, or the local one.

    Clients are kept from page to page, and found anew when the local stack was started again.
    """

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._found: dict[str, tuple[Any, str]] = {}
        self._written: bytes | None = None
        self._lock = Lock()  # sessions of boto3 make clients for one thread at a time

    @property
    def name(self) -> str:
        """What the stack is called."""
        return self._chosen.stack_name or "the local stack"

    def now(self) -> datetime:
        """Return the stack's present, in UTC."""
        return tell_time(*self._chosen)

    def caller(self) -> str:
        """Return who calls AWS, by ARN: what is done is on record as his; raises OperationError."""
        return tell_caller(*self._chosen)

    def rules(self) -> Rules:
        """Return its rules about included units; raises OperationError."""
        with self._lock:
            return rules_of(self._chosen.stack_name, self._chosen.directory)

    def open[View: ResourceView](self, view: type[View]) -> View:
        """Open a resource of the stack; raises OperationError if it cannot be found."""
        return view(*self.find(view.kind))

    def alarms(self) -> AlarmsAnswer | None:
        """Return the stack's alarms; None of the local stack, which measures nothing (ADR 0006)."""
        if self._chosen.stack_name is None:
            return None
        with self._lock, closing(client_in_aws("cloudwatch")) as cloudwatch:
            return read_alarms(cloudwatch, self._chosen.stack_name)

    def find(self, kind: str) -> tuple[Any, str]:
        """Return a client that reaches a resource, and its name; by what the template calls it."""
        with self._lock:
            addresses = self._chosen.directory / "stack.env"
            written = addresses.read_bytes() if addresses.exists() else None
            if written != self._written:
                self._found, self._written = {}, written
            if kind not in self._found:
                self._found[kind] = find_resource(kind, *self._chosen)
            return self._found[kind]
