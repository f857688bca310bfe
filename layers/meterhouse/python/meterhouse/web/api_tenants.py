"""Routes of tenants: which subscription pays for whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhouse.domain.hours import format_moment
from meterhouse.domain.subscriptions.announcing import content
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.tenants import TenantLink, tenant_id
from meterhouse.errors import ApiRefusedError, LinkRefusedError
from meterhouse.use_cases.subscriptions.link_tenants import (
    NOT_LINKED,
    SUBSCRIPTION_UNKNOWN,
    LinkTenants,
)
from meterhouse.web.api_subscriptions import read_place, read_tenant
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, check_query, read_object

_UNKNOWN = {SUBSCRIPTION_UNKNOWN, NOT_LINKED}


@dataclass(frozen=True, slots=True)
class TenantRoutes:
    """What the seller says of his tenants, and how it stands."""

    linking: LinkTenants

    def show(self, request: ApiRequest) -> ApiAnswer:
        """Serve `GET /tenants/{tenant}`."""
        check_query(request)
        tenant = read_tenant(request.places["tenant"])
        shown = self.linking.read(tenant)
        if not shown:
            raise ApiRefusedError(
                404, "tenant_unknown", "No subscription was ever linked to this tenant."
            )
        return ApiAnswer(
            {"tenant": tenant_id(tenant), "links": [_told(link, state) for link, state in shown]}
        )

    def link(self, request: ApiRequest) -> ApiAnswer:
        """Serve `PUT /tenants/{tenant}/subscriptions/{subscription}`."""
        return self._change(request, is_linked=True)

    def unlink(self, request: ApiRequest) -> ApiAnswer:
        """Serve `DELETE /tenants/{tenant}/subscriptions/{subscription}`."""
        return self._change(request, is_linked=False)

    def _change(self, request: ApiRequest, *, is_linked: bool) -> ApiAnswer:
        check_query(request)
        read_object(request)
        tenant = read_tenant(request.places["tenant"])
        change = self.linking.link if is_linked else self.linking.unlink
        try:
            # What nobody can be named is nobody's name.
            link = change(tenant, read_place(request.places["subscription"]) or SubscriptionKey(""))
        except LinkRefusedError as error:
            status_code = 404 if error.code in _UNKNOWN else 409
            raise ApiRefusedError(status_code, error.code, str(error)) from error
        state = self.linking.register.states([link.subscription]).get(link.subscription)
        return ApiAnswer({"tenant": tenant_id(tenant), **_told(link, state)})


def _told(link: TenantLink, state: State | None) -> Mapping[str, object]:
    times = {"linked_at": link.linked_at, "unlinked_at": link.unlinked_at}
    said = {name: format_moment(at) for name, at in times.items() if at is not None}
    return {**said, "subscription": content(state) or {"key": link.subscription}}
