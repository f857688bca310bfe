"""What runs in buyers' accounts: launching, stopping, and the keys to sign with."""

from collections.abc import Iterable

from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.suggestions import suggest_buyers
from marketplace_sandbox.console.views.shown import latest
from marketplace_sandbox.console.visits import acting, reading
from marketplace_sandbox.console.wording import PLATFORMS
from marketplace_sandbox.core.model.callers import Platform, Resource
from marketplace_sandbox.core.model.catalogue import Delivery
from marketplace_sandbox.desks.resources import PublicKey

RESOURCES_SHOWN_MAX = 100
KEYS_SHOWN_MAX = 10
_CONTAINERS = frozenset({Platform.ECS, Platform.EKS})


class ResourcePages(Pages):
    """The page `/resources`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            reading("/resources", self.show_resources),
            acting("/resources", self.launch, back_to=self.show_resources),
            acting("/resources/public-keys", self.rotate, back_to=self.show_resources),
            acting("/resources/{resource_id}/stop", self.stop, back_to=self.show_resources),
        ]

    def show_resources(self, visit: Visit) -> Response:
        """List what was launched, newest first, and what can be launched."""
        resources = self._desks.resources.resources()
        products = self._desks.catalogue.products()
        return self._layout.page(
            "resources.html",
            visit,
            section="resources",
            resources=latest(resources, RESOURCES_SHOWN_MAX),
            products=[
                (one.product_code, one.title)
                for one in products
                if one.delivery is not Delivery.SAAS
            ],
            platforms=PLATFORMS,
            registering=_CONTAINERS,
            running=self._desks.resources.running_times(),
            buyers=suggest_buyers(self._desks.agreements.agreements(), products),
            public_keys=self._public_keys(resources),
        )

    def launch(self, visit: Visit) -> str:
        """Start one in a buyer's account."""
        form = visit.form
        self._desks.resources.launch(
            form.required("product_code"),
            form.required("account_id"),
            form.choice("platform", Platform),
            form.required("region"),
        )
        return "/resources?done=launched"

    def stop(self, visit: Visit) -> str:
        """End one."""
        self._desks.resources.stop(visit.path["resource_id"])
        return "/resources?done=stopped"

    def rotate(self, _: Visit) -> str:
        """Make a new version of the public key the current one."""
        self._desks.resources.rotate_public_key()
        return "/resources?done=rotated"

    def _public_keys(self, resources: Iterable[Resource]) -> tuple[PublicKey, ...]:
        """List the versions of the key, newest first; without a container there is no key yet."""
        if not any(one.platform in _CONTAINERS for one in resources):
            return ()
        return self._desks.resources.public_keys()[: -KEYS_SHOWN_MAX - 1 : -1]
