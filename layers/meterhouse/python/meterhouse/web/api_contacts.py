"""Routes of contact details: what a buyer told on the registration page."""

from dataclasses import dataclass

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import ApiRefusedError
from meterhouse.ports.contacts import ContactBook
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionStates
from meterhouse.web.api_subscriptions import find_subscription
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, check_query, read_object


@dataclass(frozen=True, slots=True)
class ContactRoutes:
    """Reads and deletes what is personal; a deletion leaves a line."""

    states: SubscriptionStates
    contacts: ContactBook
    clock: Clock
    report: Report

    def show(self, request: ApiRequest) -> ApiAnswer:
        """Serve `GET /contacts/{subscription}`."""
        key = self._key_of(request)
        contact = self.contacts.read(key)
        if not contact:
            raise ApiRefusedError(
                404, "contact_unknown", "No contact details of this subscription are kept."
            )
        return ApiAnswer({"subscription": key, "contact": contact})

    def forget(self, request: ApiRequest) -> ApiAnswer:
        """Serve `DELETE /contacts/{subscription}`; again, it deletes nothing."""
        read_object(request)
        key, by = self._key_of(request), request.caller or "unknown"
        deleted = self.contacts.forget(key, by=by, at=self.clock.now())
        if deleted:
            self.report.event("contact_forgotten", subscription=key, by=by, details=list(deleted))
        return ApiAnswer({"subscription": key, "deleted": list(deleted)})

    def _key_of(self, request: ApiRequest) -> SubscriptionKey:
        check_query(request)
        return SubscriptionKey(find_subscription(self.states, request).folder)
