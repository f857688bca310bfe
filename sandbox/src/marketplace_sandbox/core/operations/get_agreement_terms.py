"""GetAgreementTerms: what the buyer accepted, a term of each kind that the offer has."""

import hashlib
from collections.abc import Iterable, Iterator

from marketplace_sandbox.core.bill.invoicing import unit_price_of, units_of, value_of_grants
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Dimension, Product
from marketplace_sandbox.core.model.offers import STANDING_CONTRACT_DAYS, Offer, OfferKind
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.agreement_views import (
    CURRENCY,
    find_agreement,
    subjects_of_call,
    write_time,
)
from marketplace_sandbox.core.operations.listing import write_page
from marketplace_sandbox.core.operations.performer import Performer, answering
from marketplace_sandbox.core.protocol.call import Call, Document

# AWS's standard contract, on which the sandbox lets all be sold (INF).
_EULA = {"type": "StandardEula", "version": "2022-07-14"}

type Term = dict[str, object]


def get_agreement_terms(state: MarketplaceState, call: Call) -> Document:
    """List the accepted terms, amendments included: each under the name of its kind."""
    agreement = find_agreement(state, call)
    terms = [{kind: _named(agreement, kind) | term} for kind, term in _terms_of(state, agreement)]
    return write_page(call, "acceptedTerms", terms)


def _terms_of(state: MarketplaceState, agreement: Agreement) -> Iterator[tuple[str, Term]]:
    product = state.products[agreement.product_code]
    offer = state.offers.get(agreement.offer_id or "")
    yield "legalTerm", {"documents": [_EULA]}
    if agreement.is_renewing or (offer is not None and offer.is_renewing):
        yield "renewalTerm", {"configuration": {"enableAutoRenew": agreement.is_renewing}}
    if agreement.is_free_trial:
        yield "freeTrialPricingTerm", _write_trial(agreement, product)
    else:
        yield from _prices_of(agreement, product, offer)
    if agreement.expires_at is not None:
        is_dated = agreement.accepted_at is not None and agreement.accepted_at < agreement.starts_at
        start = write_time("agreementStartDate", agreement.starts_at if is_dated else None)
        yield "validityTerm", {"agreementDuration": _duration_of(agreement)} | start


def _prices_of(
    agreement: Agreement, product: Product, offer: Offer | None
) -> Iterator[tuple[str, Term]]:
    """Say what is bought in advance, and what a unit beyond or without it costs (`terms.prices`).

    A private offer has one fixed price; of a public one the buyer chooses the quantities (INF).
    """
    if agreement.grants and offer is not None and offer.kind is OfferKind.PRIVATE:
        yield "fixedUpfrontPricingTerm", _write_fixed(agreement, product)
    elif agreement.grants:
        yield "configurableUpfrontPricingTerm", _write_configurable(agreement, product)
    metered = [one for one in product.dimensions if one.is_metered]
    if metered:
        yield (
            "usageBasedPricingTerm",
            {
                "currencyCode": CURRENCY,
                "rateCards": [{"rateCard": _rate_card(agreement, product, metered)}],
            },
        )


def _write_trial(agreement: Agreement, product: Product) -> Term:
    """Write a trial: of what is metered, as much as the buyer likes, unless it is granted."""
    grants = _write_grants(agreement)
    granted = {one["dimensionKey"] for one in grants}
    unlimited: list[Term] = [
        {"dimensionKey": one.name}
        for one in product.dimensions
        if one.is_metered and one.name not in granted
    ]
    return {"duration": _duration_of(agreement), "grants": grants + unlimited}


def _write_fixed(agreement: Agreement, product: Product) -> Term:
    return {
        "currencyCode": CURRENCY,
        "duration": _duration_of(agreement),
        "price": f"{value_of_grants(agreement, product):f}",
        "grants": _write_grants(agreement),
    }


def _write_configurable(agreement: Agreement, product: Product) -> Term:
    duration = _duration_of(agreement)
    entitled = [one for one in product.dimensions if one.is_entitled]
    return {
        "currencyCode": CURRENCY,
        "rateCards": [
            {
                "selector": {"type": "Duration", "value": duration},
                "constraints": {
                    "multipleDimensionSelection": "Allowed",
                    "quantityConfiguration": "Allowed",
                },
                "rateCard": _rate_card(agreement, product, entitled),
            }
        ],
        "configuration": {
            "selectorValue": duration,
            "dimensions": [
                {"dimensionKey": grant.dimension, "dimensionValue": int(units_of(grant))}
                for grant in agreement.grants
            ],
        },
    }


def _write_grants(agreement: Agreement) -> list[Term]:
    """Write the quantities of what is granted; none of it is no grant."""
    units = [(grant.dimension, int(units_of(grant))) for grant in agreement.grants]
    return [{"dimensionKey": name, "maxQuantity": count} for name, count in units if count]


def _rate_card(
    agreement: Agreement, product: Product, dimensions: Iterable[Dimension]
) -> list[Term]:
    return [
        {"dimensionKey": one.name, "price": f"{unit_price_of(agreement, product, one.name):f}"}
        for one in dimensions
    ]


def _duration_of(agreement: Agreement) -> str:
    """Say how long the agreement lasts; a contract without an end is paid by the year (INF)."""
    if agreement.expires_at is None:
        return f"P{STANDING_CONTRACT_DAYS}D"
    return f"P{(agreement.expires_at - agreement.starts_at).days}D"


def _named(agreement: Agreement, kind: str) -> Term:
    """Write a term's type, and its id, which is that of the offer's term."""
    digest = hashlib.sha256(f"{agreement.offer_id}/{kind}".encode()).hexdigest()
    return {"type": kind[:1].upper() + kind[1:], "id": f"term-{digest[:13]}"}


PERFORMER = Performer(answering(get_agreement_terms), subjects_of_call)
