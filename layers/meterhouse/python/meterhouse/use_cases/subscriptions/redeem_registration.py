"""Redeem a registration: the reference in a buyer's browser becomes a subscription, once."""

from dataclasses import dataclass

from meterhouse.domain.subscriptions.registration import reference_digest, sha256_hex
from meterhouse.domain.subscriptions.state import State
from meterhouse.errors import ReferenceInvalidError
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import ReferenceBook, SubscriptionStates
from meterhouse.use_cases.subscriptions.read_subscriptions import read_known
from meterhouse.use_cases.subscriptions.register_customer import REFERENCE_LIFETIME


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Whom a reference stood for; `is_returning` if the buyer had come before this sign-up."""

    state: State
    is_returning: bool


@dataclass(frozen=True, slots=True)
class RedeemRegistration:
    """The use case; see `__call__`."""

    references: ReferenceBook
    states: SubscriptionStates
    clock: Clock
    report: Report

    def __call__(self, reference: str, client_token: str) -> Redeemed:
        """Use a reference up and return the subscription that it stands for.

        Whoever sends another `client_token` than the first one is refused, for the address with the
        reference may stand in a browser's history: a second sign-up by it would be somebody else's.
        Raises ReferenceInvalidError, the same for all that is wrong with a reference.
        """
        digest, now = reference_digest(reference), self.clock.now()
        # Whatever else redeems a reference writes down digests of other beginnings.
        used_for = sha256_hex(f"api\n{reference}\n{client_token}")
        keys = self.references.redeem_reference(digest, used_for, now)
        state = read_known(self.states, keys[0])
        if state is None:
            raise ReferenceInvalidError("the subscription is gone")
        self.report.count("RegistrationsRedeemed")
        self.report.event("registration_redeemed", subscription=state.folder)
        came_at = state.registered_at
        # Of a visit within a reference's life nobody can tell that it was another one.
        return Redeemed(state, came_at is not None and came_at < now - REFERENCE_LIFETIME)
