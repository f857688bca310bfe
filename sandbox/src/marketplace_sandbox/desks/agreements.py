"""Agreements, their buyers, and registration tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from marketplace_sandbox.core.agreements.acceptance import accept_offer
from marketplace_sandbox.core.agreements.commands import (
    Amendment,
    amend_agreement,
    cancel_agreement,
    reinstate_account,
    renew_agreement,
    replace_agreement,
    suspend_account,
    terminate_agreement,
)
from marketplace_sandbox.core.agreements.hindrances import find_hindrances
from marketplace_sandbox.core.agreements.lifecycle import Change, deprovision_now
from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement, Party
from marketplace_sandbox.core.model.offers import Grant, Price
from marketplace_sandbox.core.model.tokens import (
    RegistrationToken,
    check_registration,
    issue_token,
    keep_token,
)
from marketplace_sandbox.core.settle_due import settle
from marketplace_sandbox.desks.catalogue import find_offer, offer_of
from marketplace_sandbox.desks.steps import BeginStep, Step


class AgreementsDesk:
    """What buyers accept and end.

    Whatever a command makes due by now has happened when it returns: an agreement that starts in
    the past has started, one that ended two hours ago is deprovisioned.
    """

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def agreements(self) -> tuple[Agreement, ...]:
        """List all agreements, oldest first."""
        with self._step() as step:
            return tuple(step.state.agreements.by_id.values())

    def agreement(self, agreement_id: str) -> Agreement:
        """Find one agreement."""
        with self._step() as step:
            return step.agreement(agreement_id)

    def hindrances(self, agreement_id: str) -> Mapping[Change, str]:
        """Return what cannot be done to an agreement now, and why."""
        with self._step() as step:
            return find_hindrances(step.moment, step.agreement(agreement_id))

    def subscribe(self, new: NewAgreement) -> Agreement:
        """Let a buyer accept an offer, by default the product's standing one."""
        with self._step() as step:
            product = step.product(new.product_code)
            offer = offer_of(step, product, new.offer_id)
            agreement = accept_offer(step.moment, product, offer, new)
            return _lived_through(step, agreement.agreement_id)

    def amend(
        self,
        agreement_id: str,
        *,
        grants: tuple[Grant, ...] | None = None,
        prices: tuple[Price, ...] | None = None,
        is_renewing: bool | None = None,
        renewal_disabled_by: Party | None = None,
    ) -> Agreement:
        """Change a running agreement's terms; what is None stays as it is."""
        with self._step() as step:
            amendment = Amendment(grants, prices, is_renewing, renewal_disabled_by)
            return amend_agreement(step.moment, step.agreement(agreement_id), amendment)

    def renew(self, agreement_id: str, *, offer_id: str | None = None) -> Agreement:
        """Renew an agreement, on its own terms or an offer's; return the one that follows."""
        with self._step() as step:
            offer = None if offer_id is None else find_offer(step, offer_id)
            new = renew_agreement(step.moment, step.agreement(agreement_id), offer)
            return _lived_through(step, new.agreement_id)

    def replace(self, agreement_id: str, offer_id: str) -> Agreement:
        """Replace an agreement by one on an offer's terms; return the one that follows."""
        with self._step() as step:
            offer = find_offer(step, offer_id)
            new = replace_agreement(step.moment, step.agreement(agreement_id), offer)
            return _lived_through(step, new.agreement_id)

    def cancel(self, agreement_id: str) -> Agreement:
        """Let the buyer end an agreement now; its last hour of metering begins."""
        return self.end(agreement_id)

    def end(self, agreement_id: str, *, ends_at: datetime | None = None) -> Agreement:
        """Cancel an agreement at a time: now, or one that is past or still to come."""
        with self._step() as step:
            agreement = step.agreement(agreement_id)
            cancel_agreement(step.moment, agreement, ends_at=ends_at or step.now)
            return _lived_through(step, agreement_id)

    def terminate(self, agreement_id: str) -> Agreement:
        """Let AWS end an agreement now, for instance because a payment failed."""
        with self._step() as step:
            return terminate_agreement(step.moment, step.agreement(agreement_id))

    def deprovision(self, agreement_id: str) -> Agreement:
        """Take an ended agreement's license away before its time."""
        with self._step() as step:
            deprovision_now(step.moment, step.agreement(agreement_id))
            return _lived_through(step, agreement_id)

    def suspend(self, account_id: str) -> None:
        """Suspend a buyer's AWS account: none of its usage is taken until it is reinstated."""
        with self._step() as step:
            suspend_account(step.moment, account_id)

    def reinstate(self, account_id: str) -> None:
        """Take a suspension back."""
        with self._step() as step:
            reinstate_account(step.moment, account_id)

    def suspended_accounts(self) -> tuple[str, ...]:
        """List the suspended accounts, in order of their ids."""
        with self._step() as step:
            return tuple(sorted(step.state.suspended_accounts))

    def issue_token(
        self, agreement_id: str, *, lifetime: timedelta | None = None
    ) -> RegistrationToken:
        """Mint a registration token for an agreement's buyer; `token_lifetime` is the default."""
        with self._step() as step:
            agreement = step.agreement(agreement_id)
            check_registration(step.product(agreement.product_code))
            token = issue_token(
                agreement,
                lifetime=lifetime,
                reading=step.state.readings.token_lifetime,
                now=step.now,
                entropy=step.entropy(),
            )
            keep_token(step.state.tokens, token)
            return token


def _lived_through(step: Step, agreement_id: str) -> Agreement:
    """Let happen what a command made due by now, and return how the agreement then stands."""
    settle(step.state, now=step.now, entropy=step.entropy)
    return step.agreement(agreement_id)
