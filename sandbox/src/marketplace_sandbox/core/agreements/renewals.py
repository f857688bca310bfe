"""Renewals to come: what they will cost, and when that and they are decided."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from marketplace_sandbox.core.agreements.lifecycle import Change, check_change
from marketplace_sandbox.core.bill.invoicing import unit_price_of, units_of
from marketplace_sandbox.core.events.announcements import subject_of, tell_bus
from marketplace_sandbox.core.events.event_documents import Role
from marketplace_sandbox.core.events.request_documents import RenewalTerms, renewal_detail
from marketplace_sandbox.core.model.agreements import Agreement, AgreementStatus
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.invoices import EXACT
from marketplace_sandbox.core.model.moment import Moment
from marketplace_sandbox.core.model.offers import Price

INCREASE_PERCENT_MAX = 100  # a limit of the sandbox
_PRICE_STEP = Decimal("0.00000001")  # prices have up to eight decimals (DOC)


def finalize_renewal(moment: Moment, agreement: Agreement, increase_percent: Decimal) -> Agreement:
    """Say by how much a renewal will cost more, and that this is final (`events.renewal-terms`).

    The agreement costs that much more from its next renewal on its own terms on.
    """
    check_change(moment, agreement, Change.AMEND)
    if not agreement.is_renewing:
        raise conflict(
            "NoRenewal", "the agreement does not renew by itself: amend it so that it does"
        )
    if agreement.renewal_increase_percent is not None:
        raise conflict(
            "RenewalFinalized",
            f"its renewal already costs {agreement.renewal_increase_percent} percent more",
        )
    if not (increase_percent.is_finite() and 0 <= increase_percent <= INCREASE_PERCENT_MAX):
        raise invalid(f"increase_percent must lie between 0 and {INCREASE_PERCENT_MAX}")
    final = moment.keep(replace(agreement, renewal_increase_percent=increase_percent))
    _tell_proposer(moment, final, "Renewal Terms Finalized", is_final=True)
    return final


def announce_renewal(moment: Moment, agreement: Agreement) -> None:
    """Say that it is decided that an agreement renews; moot if it does not."""
    if agreement.status is AgreementStatus.ACTIVE and agreement.is_renewing:
        _tell_proposer(moment, agreement, "Renewal Upcoming", is_final=False)


def renewed_prices(agreement: Agreement, product: Product) -> tuple[Price, ...]:
    """Return an agreement's own prices once it has renewed: what it grants may cost more."""
    increase = agreement.renewal_increase_percent
    if increase is None:
        return agreement.prices
    factor = 1 + increase / 100
    raised = {
        grant.dimension: Price(
            grant.dimension,
            EXACT.multiply(unit_price_of(agreement, product, grant.dimension), factor).quantize(
                _PRICE_STEP, ROUND_HALF_UP, EXACT
            ),
        )
        for grant in agreement.grants
    }
    kept = (price for price in agreement.prices if price.dimension not in raised)
    return (*kept, *raised.values())


def _tell_proposer(moment: Moment, agreement: Agreement, what: str, *, is_final: bool) -> None:
    subject = subject_of(moment, agreement)
    if subject.role is not Role.PROPOSER:
        return
    terms = RenewalTerms(
        sum(_renewed_fees(agreement, subject.product), Decimal(0)),
        moment.at if is_final else None,
    )
    tell_bus(
        moment,
        subject,
        f"Purchase Agreement {what} - {Role.PROPOSER}",
        partial(renewal_detail, terms=terms, at=moment.at),
    )


def _renewed_fees(agreement: Agreement, product: Product) -> Iterator[Decimal]:
    renewed = replace(agreement, prices=renewed_prices(agreement, product))
    for grant in agreement.grants:
        yield EXACT.multiply(units_of(grant), unit_price_of(renewed, product, grant.dimension))
