"""One agreement: how it stands, what became of it, and what can be done with it."""

from collections.abc import Callable, Iterable
from datetime import datetime

from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.catalogue_pages import WORDS, list_choices
from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.terms import DIMENSIONS_IN_A_FORM_MAX, enter_value, read_terms
from marketplace_sandbox.console.views.agreement import view_agreement
from marketplace_sandbox.console.visits import acting, reading
from marketplace_sandbox.core.agreements.offer_rules import check_acceptable
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.billing_adjustments import AdjustmentReason
from marketplace_sandbox.core.model.cancellations import CancellationReason, CancellationStatus
from marketplace_sandbox.core.model.catalogue import Delivery, Product
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.offers import Offer
from marketplace_sandbox.core.model.tokens import posted_fields
from marketplace_sandbox.desks.events import EventFilter

# A browser holds the answer to a form against this too, and sellers' pages redirect.
_ANY_SELLER = "http: https:"


class AgreementPages(Pages):
    """The pages under `/agreements`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        one = "/agreements/{agreement_id}"
        desk = self._desks.agreements
        return [
            reading(one, self.show_agreement),
            reading(f"{one}/setup", self.show_setup),
            reading(f"{one}/amend", self.show_amend),
            acting(f"{one}/amend", self.amend, back_to=self.show_amend),
            self._following(f"{one}/renew", "renewed", lambda visit: desk.renew(_id(visit))),
            self._following(
                f"{one}/replace",
                "replaced",
                lambda visit: desk.replace(_id(visit), visit.form.required("offer_id")),
            ),
            self._following(f"{one}/cancel", "cancelled", lambda visit: desk.cancel(_id(visit))),
            self._following(
                f"{one}/terminate", "terminated", lambda visit: desk.terminate(_id(visit))
            ),
            self._following(
                f"{one}/deprovision", "deprovisioned", lambda visit: desk.deprovision(_id(visit))
            ),
            self._following(f"{one}/suspend", "suspended", self._suspend),
            self._following(f"{one}/reinstate", "reinstated", self._reinstate),
        ]

    def show_agreement(self, visit: Visit) -> Response:
        """Show everything about an agreement."""
        agreement, product = self._found(visit)
        now = self._marketplace.now()
        view = view_agreement(
            agreement,
            product,
            offers=list_choices(
                list_replacing(self._desks.catalogue.offers(), agreement, now=now), product
            ),
            bill=self._desks.bill.bill(),
            refusals=self._desks.calls.refusals(),
            events=self._desks.events.events(EventFilter(agreement_id=agreement.agreement_id)),
            suspended=self._desks.agreements.suspended_accounts(),
            now=now,
        )
        return self._page(
            "agreement.html",
            visit,
            view=view,
            may_register=product.delivery is Delivery.SAAS,
            hindrances=self._desks.agreements.hindrances(agreement.agreement_id),
            pending=next(
                (
                    one
                    for one in self._desks.requests.cancellations()
                    if one.agreement_id == agreement.agreement_id
                    and one.status is CancellationStatus.PENDING_APPROVAL
                ),
                None,
            ),
            cancellation_reasons=_say_reasons(CancellationReason),
            adjustment_reasons=_say_reasons(AdjustmentReason),
            is_decided=agreement.is_locked_out(now=now),
        )

    def show_setup(self, visit: Visit) -> Response:
        """Show the buyer the way to the seller's registration page, with a token in the form.

        AWS makes the token when the buyer presses the button. A page that works without script
        must hold it already, so each look at this page makes one.
        """
        agreement, product = self._found(visit)
        if product.delivery is not Delivery.SAAS:
            return self._page("setup.html", visit, agreement=agreement, product=product, token=None)
        token = self._desks.agreements.issue_token(agreement.agreement_id)
        return self._page(
            "setup.html",
            visit,
            posts_to=_ANY_SELLER,
            agreement=agreement,
            product=product,
            token=token,
            posted=posted_fields(
                token.token,
                agreement_id=agreement.agreement_id,
                product_id=product.product_id,
                is_free_trial=agreement.is_free_trial,
            ),
        )

    def show_amend(self, visit: Visit) -> Response:
        """Show the terms of an agreement for changing."""
        agreement, product = self._found(visit)
        return self._page(
            "amend.html",
            visit,
            agreement=agreement,
            product=product,
            dimensions_max=DIMENSIONS_IN_A_FORM_MAX,
            prices={one.dimension: str(one.unit_price) for one in agreement.prices},
            grants={one.dimension: enter_value(one.value) for one in agreement.grants},
        )

    def amend(self, visit: Visit) -> str:
        """Change the terms of an agreement."""
        agreement, product = self._found(visit)
        terms = read_terms(visit.form, product)
        self._desks.agreements.amend(
            agreement.agreement_id, grants=terms.grants, prices=terms.prices
        )
        return f"/agreements/{agreement.agreement_id}?done=amended"

    def _suspend(self, visit: Visit) -> Agreement:
        agreement, _ = self._found(visit)
        self._desks.agreements.suspend(agreement.customer_aws_account_id)
        return agreement

    def _reinstate(self, visit: Visit) -> Agreement:
        agreement, _ = self._found(visit)
        self._desks.agreements.reinstate(agreement.customer_aws_account_id)
        return agreement

    def _following(self, path: str, done: str, action: Callable[[Visit], Agreement]) -> Route:
        """Make the route of an action that leads to the agreement that it returns."""

        def act(visit: Visit) -> str:
            return f"/agreements/{action(visit).agreement_id}?done={done}"

        return acting(path, act, back_to=self.show_agreement)

    def _found(self, visit: Visit) -> tuple[Agreement, Product]:
        agreement = self._desks.agreements.agreement(_id(visit))
        product = self._desks.catalogue.product(agreement.product_code)
        return agreement, product

    def _page(
        self, template: str, visit: Visit, *, posts_to: str = "'self'", **values: object
    ) -> Response:
        return self._layout.page(
            template, visit, section="products", posts_to=posts_to, words=WORDS, **values
        )


def list_replacing(offers: Iterable[Offer], agreement: Agreement, *, now: datetime) -> list[Offer]:
    """List what can replace an agreement's terms: nobody has two trials (`trial.once`)."""

    def fits(offer: Offer) -> bool:
        if offer.trial_days is not None and agreement.is_free_trial:
            return False
        code, account_id = agreement.product_code, agreement.customer_aws_account_id
        try:
            check_acceptable(offer, product_code=code, account_id=account_id, now=now)
        except ControlError:
            return False
        return True

    return [offer for offer in offers if fits(offer)]


def _say_reasons(reasons: Iterable[str]) -> list[tuple[str, str]]:
    return [(reason, reason.replace("_", " ").lower()) for reason in reasons]


def _id(visit: Visit) -> str:
    return visit.path["agreement_id"]
