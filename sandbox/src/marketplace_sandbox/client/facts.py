"""The register of rules and the switches of a served sandbox."""

from marketplace_sandbox.client.connection import Connection
from marketplace_sandbox.control.fact_documents import (
    RuleListDocument,
    SwitchDocument,
    SwitchListDocument,
)


class FactMethods(Connection):
    """What is known of AWS, and how it is read."""

    def list_rules(self) -> RuleListDocument:
        """List what is known of AWS, and how well."""
        return self._ask("GET", "rules")

    def list_switches(self) -> SwitchListDocument:
        """List the questions that AWS leaves open, and how they are read now."""
        return self._ask("GET", "switches")

    def set_reading(self, name: str, reading: str) -> SwitchDocument:
        """Read a question in another way from now on; what happened so far stays as it is."""
        return self._ask("PUT", f"switches/{name}", reading=reading)
