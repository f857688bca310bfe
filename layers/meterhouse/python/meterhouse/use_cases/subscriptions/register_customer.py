"""Register a customer: from AWS's registration token to a known subscription.

The token is resolved at once, inside the buyer's request, and then forgotten: only what AWS says
about it is stored. The browser goes on with a one-time reference that lives for half an hour.
What AWS knows of the person is shown to the buyer and not kept: only what the buyer sends is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import names
from meterhouse.domain.subscriptions.registration import (
    CONTACT_FIELDS,
    KnownContact,
    read_contact,
    reference_digest,
    sha256_hex,
)
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceRefusedError,
    ReferenceInvalidError,
    StorageUnavailableError,
    TokenInvalidError,
    TokenMissingError,
    UnreadableError,
)
from meterhouse.use_cases.subscriptions.ask_entitlements import say_not_read, to_ask, try_asking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterhouse.domain.subscriptions.facts import Fact
    from meterhouse.domain.subscriptions.identity import SubscriptionKey
    from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
    from meterhouse.ports.process import Clock, Report
    from meterhouse.ports.registrations import AgreementContacts, Marketplace
    from meterhouse.ports.subscriptions import ReferenceBook
    from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements
    from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions

REFERENCE_LIFETIME = timedelta(minutes=30)
# AWS's tokens have some hundred characters.
TOKEN_LENGTH_MAX = 4_096
# How long AWS may take over a contact, and then the page: all else is stored by then.
CONTACT_SECONDS_MIN = 5
# How long AWS may take over two pages of entitlements, and then over the contact and the page.
ENTITLEMENTS_SECONDS_MIN = 8


@dataclass(frozen=True, slots=True)
class Registered:
    """A resolved buyer; `reference` stands for the subscription until it is redeemed.

    `is_returning` tells that the same buyer came with the same subscription before, `has_others`
    that his AWS account came with another one. `contact` is what AWS knows of the buyer: personal,
    for nobody's eyes but the buyer's.
    """

    reference: str
    phase: Phase
    is_returning: bool
    has_others: bool = False
    contact: KnownContact = field(default_factory=KnownContact, repr=False)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A buyer whose contact details are stored."""

    email: str
    phase: Phase


@dataclass(frozen=True, slots=True)
class RegisterCustomer:
    """Both steps of a registration: resolve the token, then take contact details.

    Without `contacts` AWS is not asked for any, nor for entitlements without `ask`. Of contacts
    nothing is stored but `contact_fields`.
    """

    marketplace: "Marketplace"
    keep: "KeepSubscriptions"
    references: "ReferenceBook"
    clock: "Clock"
    report: "Report"
    new_reference: Callable[[], str]
    contacts: "AgreementContacts | None" = None
    contact_fields: frozenset[str] = frozenset(CONTACT_FIELDS)
    ask: "AskEntitlements | None" = None

    def resolve(self, token: str, *, trial: bool) -> Registered:
        """Resolve a token and make its subscription known.

        Repeat visits, second agreements of one account and usage that came first are all normal.
        Raises the RegistrationError or MarketplaceError that tells the buyer what to do.
        """
        if not token.strip():
            raise TokenMissingError("the request carries no registration token")
        if len(token) > TOKEN_LENGTH_MAX:
            raise TokenInvalidError("the token is longer than any of AWS's")
        now = self.clock.now()
        customer = self.marketplace.resolve_customer(token)
        if customer.product_code in self.keep.products.legacy:
            # Its buyers are billed by product code, whatever else AWS knows of them.
            customer = replace(customer, license_arn=None)
        fact, keys = _read_customer(customer, now, trial=trial)
        learned = self.keep.learn(fact)
        reference = self.new_reference()
        self.references.add_reference(sha256_hex(reference), keys, now + REFERENCE_LIFETIME)
        self.report.count("CustomersRegistered")
        self.report.event("customer_registered", subscriptions=list(keys), trial=trial)
        state = learned.state_of(keys[0])
        assert state is not None, "a registration is a fact of its subscription"
        self._learn_entitlements(learned.states, now)
        return Registered(
            reference,
            state.phase,
            is_returning=_came_before(state, now),
            has_others=self._has_others(state, keys),
            contact=self._known_contact(state.agreement_id),
        )

    def _learn_entitlements(self, states: "Sequence[State]", now: datetime) -> None:
        """Ask AWS what the buyer's contract holds; what stays unknown is asked for later."""
        if self.ask is None:
            return
        for one in to_ask(states, now):
            if self.clock.seconds_left() < ENTITLEMENTS_SECONDS_MIN:
                say_not_read(self.report, one, "no time was left to ask")
            else:
                try_asking(self.ask, one, self.report)

    def _has_others(self, state: State, keys: "Sequence[SubscriptionKey]") -> bool:
        """Tell whether the buyer's account came with another subscription before."""
        if state.account_id is None:
            return False
        try:
            return self.references.has_others(state.account_id, keys)
        except StorageUnavailableError as error:
            # Only the greeting depends on it.
            self.report.failure("others_not_read", error=str(error))
            return False

    def _known_contact(self, agreement_id: str | None) -> KnownContact:
        """Ask AWS whom the buyer named; the form is as good without."""
        if self.contacts is None or agreement_id is None:
            return KnownContact()
        if self.clock.seconds_left() < CONTACT_SECONDS_MIN:
            return self._without_contact(agreement_id, "no time was left to ask")
        try:
            return self.contacts.known_contact(agreement_id)
        except MarketplaceError as error:
            return self._without_contact(agreement_id, str(error))

    def _without_contact(self, agreement_id: str, cause: str) -> KnownContact:
        self.report.count("ContactsNotRead")
        self.report.failure("contact_not_read", agreement=agreement_id, error=cause)
        return KnownContact()

    def confirm(self, reference: str, *, email: str, company: str, name: str) -> Confirmed:
        """Store the contact details of the buyer whom a reference stands for.

        Raises ContactInvalidError, which leaves the reference usable, or ReferenceInvalidError.
        """
        if not self.contact_fields:
            raise ReferenceInvalidError("no contact details are taken here")
        contact = read_contact(
            email,
            company if "company" in self.contact_fields else "",
            name if "name" in self.contact_fields else "",
        )
        digest, now = reference_digest(reference), self.clock.now()
        keys = self.references.redeem_reference(digest, contact.digest_with(reference), now)
        states = [self.references.set_contact(key, contact, now) for key in keys]
        self.report.event("contact_stored", subscriptions=list(keys))
        return Confirmed(contact.email, states[0].phase)

    def look_again(self, reference: str) -> Phase:
        """Return the phase of the subscription for which a living reference stands.

        AWS is not asked, and nothing is written. Raises ReferenceInvalidError.
        """
        return self.references.state_of(reference_digest(reference), self.clock.now()).phase


def _read_customer(
    customer: "ResolvedCustomer", now: datetime, *, trial: bool
) -> "tuple[Fact, tuple[SubscriptionKey, ...]]":
    """Read whom AWS named; what we cannot read is our trouble, not the buyer's."""
    try:
        fact = registration(customer, now, trial=trial)
    except UnreadableError as error:
        raise MarketplaceRefusedError(f"AWS named a customer in a new form: {error}") from error
    keys = names(fact)
    if not keys:
        raise MarketplaceRefusedError("AWS resolved a token without naming a customer")
    return fact, keys


def _came_before(state: State, now: datetime) -> bool:
    return state.registered_at is not None and state.registered_at < now
