"""Products, agreements and registration tokens."""

from datetime import datetime, timedelta

from sandbox.marketplace.core.agreements import (
    Agreement,
    NewAgreement,
    close_agreement,
    sign_agreement,
)
from sandbox.marketplace.core.catalogue import NewProduct, Product, list_product
from sandbox.marketplace.core.tokens import TOKEN_LIFETIME, RegistrationToken, issue_token
from sandbox.marketplace.desks.steps import BeginStep


class SalesDesk:
    """What the seller lists and what buyers accept."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def products(self) -> tuple[Product, ...]:
        """List what is on sale, oldest first."""
        with self._step() as step:
            return tuple(step.state.products.values())

    def agreements(self) -> tuple[Agreement, ...]:
        """List all agreements, oldest first."""
        with self._step() as step:
            return tuple(step.state.agreements.by_id.values())

    def agreement(self, agreement_id: str) -> Agreement:
        """Find one agreement."""
        with self._step() as step:
            return step.agreement(agreement_id)

    def list_product(self, new: NewProduct) -> Product:
        """Put a product on sale."""
        with self._step() as step:
            product = list_product(step.state.products, new, entropy=step.entropy())
            step.state.products[product.product_code] = product
            return product

    def subscribe(self, new: NewAgreement) -> Agreement:
        """Let a buyer accept an offer."""
        with self._step() as step:
            agreement = sign_agreement(
                step.state.agreements,
                step.product(new.product_code),
                new,
                seller_account_id=step.state.seller_account_id,
                now=step.now,
                entropy=step.entropy(),
            )
            step.state.agreements.put(agreement)
            return agreement

    def end(self, agreement_id: str, *, ends_at: datetime | None = None) -> Agreement:
        """End an agreement, now unless a time is given; its last hour of metering begins."""
        with self._step() as step:
            agreement = close_agreement(step.agreement(agreement_id), ends_at=ends_at or step.now)
            step.state.agreements.put(agreement)
            return agreement

    def issue_token(
        self, agreement_id: str, *, lifetime: timedelta = TOKEN_LIFETIME
    ) -> RegistrationToken:
        """Mint a registration token for the buyer of an agreement."""
        with self._step() as step:
            token = issue_token(
                step.agreement(agreement_id),
                lifetime=lifetime,
                now=step.now,
                entropy=step.entropy(),
            )
            step.state.tokens[token.token] = token
            return token
