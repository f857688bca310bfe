"""The register of rules and the switches of a served sandbox."""

from marketplace_sandbox.client.connection import Connection
from marketplace_sandbox.control.fact_documents import (
    PresetDocument,
    PresetListDocument,
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

    def list_presets(self) -> PresetListDocument:
        """List the presets, each of which turns several switches, and which are in force."""
        return self._ask("GET", "presets")

    def set_preset(self, name: str) -> PresetDocument:
        """Turn all switches of a preset at once from now on; what happened stays as it is."""
        return self._ask("PUT", f"presets/{name}")
