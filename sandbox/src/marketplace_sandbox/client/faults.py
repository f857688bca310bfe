"""Scripted faults of a served sandbox."""

from typing import Unpack

from marketplace_sandbox.client.connection import Amount, Connection, Duration
from marketplace_sandbox.control.fault_documents import FaultDocument, FaultListDocument
from marketplace_sandbox.core.model.faults import FaultKind, MatcherFields
from marketplace_sandbox.core.model.operation import Operation


class FaultTerms(MatcherFields, total=False):
    """How often a fault hits, and what; what is absent or None matches any.

    Without `count` and without `until_cleared` it hits once; `probability` hits only so many of
    the matching calls; `delay_seconds` is for `slow`.
    """

    operation: Operation | None
    count: int | None
    until_cleared: bool | None
    probability: Amount | None
    delay_seconds: Duration | Amount | None


class FaultMethods(Connection):
    """What goes wrong on purpose."""

    def list_faults(self) -> FaultListDocument:
        """List the faults that are not used up."""
        return self._ask("GET", "faults")

    def script_fault(self, kind: FaultKind, **terms: Unpack[FaultTerms]) -> FaultDocument:
        """Script a fault, behind those that are scripted already."""
        return self._ask("POST", "faults", kind=kind, **terms)

    def clear_faults(self) -> FaultListDocument:
        """Forget all scripted faults."""
        return self._ask("DELETE", "faults")

    def remove_fault(self, fault_id: str) -> FaultListDocument:
        """Forget one fault; return those that are left."""
        return self._ask("DELETE", f"faults/{fault_id}")
