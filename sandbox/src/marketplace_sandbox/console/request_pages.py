"""What a seller asks of a buyer and of AWS: forms on an agreement's page."""

from collections.abc import Callable
from decimal import Decimal

from loopback_console.visits import Visit
from starlette.routing import Route

from marketplace_sandbox.console.agreement_pages import AgreementPages
from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.visits import acting
from marketplace_sandbox.core.agreements.requests import NewAdjustment, NewCancellation
from marketplace_sandbox.core.model.agreements import Party
from marketplace_sandbox.core.model.billing_adjustments import AdjustmentReason
from marketplace_sandbox.core.model.cancellations import CancellationReason
from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.spend import SpendStage


class RequestPages(Pages):
    """The forms below `/agreements/{agreement_id}` that ask for something."""

    def routes(self) -> list[Route]:
        """List the routes."""
        desk = self._desks.requests
        return [
            self._doing("ask", self._ask, "asked"),
            self._doing(
                "approve",
                lambda visit: desk.approve_cancellation(visit.form.required("request_id")),
                "cancelled",
            ),
            self._doing("reject", self._reject, "rejected"),
            self._doing("withdraw", self._withdraw, "withdrawn"),
            self._doing("refund", self._refund, "refunded"),
            self._doing("finalize", self._finalize, "finalized"),
            self._doing("renewal", self._switch_renewal, "amended"),
            self._doing("spend", self._tell_of_spend, "told"),
        ]

    def _ask(self, visit: Visit) -> None:
        form = visit.form
        new = NewCancellation(
            form.choice("cancellation_reason", CancellationReason),
            form.required("message"),
            is_valid=form.text("invalid") is None,
        )
        self._desks.requests.request_cancellation(_id(visit), new)

    def _reject(self, visit: Visit) -> None:
        form = visit.form
        self._desks.requests.reject_cancellation(
            form.required("request_id"), form.required("message")
        )

    def _withdraw(self, visit: Visit) -> None:
        form = visit.form
        self._desks.requests.withdraw_cancellation(
            form.required("request_id"), form.required("message")
        )

    def _refund(self, visit: Visit) -> None:
        form = visit.form
        new = NewAdjustment(
            _required_decimal(visit, "amount"),
            form.choice("adjustment_reason", AdjustmentReason),
            fails=form.text("fails") is not None,
        )
        self._desks.requests.adjust_billing(_id(visit), new)

    def _finalize(self, visit: Visit) -> None:
        percent = _required_decimal(visit, "increase_percent")
        self._desks.requests.finalize_renewal(_id(visit), percent)

    def _switch_renewal(self, visit: Visit) -> None:
        """Switch the renewal off for the party that is named, or on for nobody."""
        is_off = visit.form.text("disabled_by") is not None
        self._desks.agreements.amend(
            _id(visit),
            is_renewing=not is_off,
            renewal_disabled_by=visit.form.choice("disabled_by", Party) if is_off else None,
        )

    def _tell_of_spend(self, visit: Visit) -> None:
        self._desks.requests.tell_of_spend(_id(visit), visit.form.choice("stage", SpendStage))

    def _doing(self, path: str, action: Callable[[Visit], object], done: str) -> Route:
        """Make the route of a form that leads back to the agreement's page."""

        def act(visit: Visit) -> str:
            action(visit)
            return f"/agreements/{_id(visit)}?done={done}"

        back_to = AgreementPages(self._marketplace, self._layout).show_agreement
        return acting(f"/agreements/{{agreement_id}}/{path}", act, back_to=back_to)


def _required_decimal(visit: Visit, name: str) -> Decimal:
    number = visit.form.decimal(name)
    if number is None:
        raise invalid(f"{name.replace('_', ' ')} must be filled in")
    return number


def _id(visit: Visit) -> str:
    return visit.path["agreement_id"]
