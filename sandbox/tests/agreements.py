"""boto3's clients of the Agreement API, in each protocol that AWS's model names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from marketplace_sandbox.aws_models import service_model
from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.offers import NewOffer, OfferKind
from marketplace_sandbox.core.model.operation import AGREEMENT
from marketplace_sandbox.server import serve_beside
from tests.builders import ACCOUNT, Shop
from tests.served_shop import client_of

PROTOCOLS = tuple(service_model(AGREEMENT).metadata["protocols"])
OTHER, PARTNER = "777788889999", "555566667777"
SELLER = "111122223333"
BOTOCORES_CHOICE = "botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS"
AS_PROPOSER = {"PartyType": "Proposer", "AgreementType": "PurchaseAgreement"}
AS_ACCEPTOR = AS_PROPOSER | {"PartyType": "Acceptor"}


@contextmanager
def agreement_client(shop: Shop, protocol: str, **options: str) -> Iterator[Any]:
    """Serve a shop and give boto3's own client that speaks this protocol."""
    with pytest.MonkeyPatch.context() as patch, serve_beside(shop.marketplace) as url:
        patch.setattr(BOTOCORES_CHOICE, (protocol,))
        with client_of(url, AGREEMENT, **options) as client:
            assert client.meta.service_model.resolved_protocol == protocol
            yield client


def filters(named: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"name": name, "values": [value]} for name, value in named.items()]


def search(client: Any, **named: str) -> list[Any]:
    """Search as the proposer, or with another PartyType; return all pages' summaries."""
    return search_sorted(client, {}, **named)


def search_sorted(client: Any, sort: Mapping[str, str], /, **named: str) -> list[Any]:
    asked = {"filters": filters(AS_PROPOSER | named), "sort": sort}
    pages = client.get_paginator("search_agreements").paginate(**asked)
    return [one for page in pages for one in page["agreementViewSummaries"]]


def ids(found: list[Any]) -> list[str]:
    return [one["agreementId"] for one in found]


def reason_of(error: pytest.ExceptionInfo[Any]) -> str:
    """Return the code of a refusal and the reason that its model knows."""
    response = error.value.response
    return f"{response['Error']['Code']} {response.get('reason', '')}".strip()


def accept(
    shop: Shop, account: str = ACCOUNT, *, code: str = "licensed", **terms: Any
) -> Agreement:
    """Let an account accept an offer on these terms, now."""
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer(code, **terms))
    return shop.marketplace.desks.agreements.subscribe(
        NewAgreement(code, account, shop.now, offer_id=offer.offer_id)
    )


def accept_from_partner(shop: Shop) -> Agreement:
    return accept(
        shop,
        OTHER,
        kind=OfferKind.PRIVATE,
        buyer_account_ids=(OTHER,),
        proposer_account_id=PARTNER,
    )
