"""A served sandbox as a whole."""

from marketplace_sandbox.client.connection import Connection
from marketplace_sandbox.control.saved_state_documents import HealthDocument, SavedDocument


class WholeMethods(Connection):
    """The sandbox as a whole."""

    def show_health(self) -> HealthDocument:
        """Say that the sandbox answers."""
        return self._ask("GET", "health")

    def save(self) -> SavedDocument:
        """Save now to the file that the sandbox is kept in."""
        return self._ask("POST", "save")

    def reset(self) -> HealthDocument:
        """Forget everything but how AWS is read and the quotas; the clock is the machine's."""
        return self._ask("POST", "reset", confirm="reset")
