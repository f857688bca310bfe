"""What runs in buyers' accounts beside a served sandbox, and RegisterUsage's public keys."""

from marketplace_sandbox.client.connection import Connection
from marketplace_sandbox.control.resource_documents import (
    PublicKeyDocument,
    PublicKeyListDocument,
    ResourceDocument,
    ResourceListDocument,
)
from marketplace_sandbox.core.model.callers import Platform


class ResourceMethods(Connection):
    """Instances, tasks, pods and sessions, with the keys that sign their calls."""

    def list_resources(self, *, product_code: str | None = None) -> ResourceListDocument:
        """List what runs, or ran, in buyers' accounts."""
        return self._ask("GET", "resources", product_code=product_code)

    def launch_resource(
        self, product_code: str, account_id: str, platform: Platform, *, region: str | None = None
    ) -> ResourceDocument:
        """Start an instance, a task, a pod or a session; in us-east-1 by default."""
        return self._ask(
            "POST",
            "resources",
            product_code=product_code,
            account_id=account_id,
            platform=platform,
            region=region,
        )

    def show_resource(self, resource_id: str) -> ResourceDocument:
        """Show one."""
        return self._ask("GET", f"resources/{resource_id}")

    def stop_resource(self, resource_id: str) -> ResourceDocument:
        """End one: its keys expire."""
        return self._ask("POST", f"resources/{resource_id}/stop")

    def list_public_keys(self) -> PublicKeyListDocument:
        """List the keys that check RegisterUsage's signatures; the last one is the current one."""
        return self._ask("GET", "public-keys")

    def rotate_public_key(self) -> PublicKeyDocument:
        """Make a new version the current one."""
        return self._ask("POST", "public-keys")
