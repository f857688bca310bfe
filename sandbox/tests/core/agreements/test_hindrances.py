"""What is said to be impossible is refused, and nothing else is."""

from collections.abc import Callable

import pytest

from marketplace_sandbox.core.agreements.hindrances import COMMANDS
from marketplace_sandbox.core.agreements.lifecycle import Change
from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.offers import NewOffer
from tests.builders import ACCOUNT, AN_HOUR, Shop
from tests.core.agreements.test_lifecycle import COMMANDS as COMMAND_OF
from tests.deals import BUYER, dated, refusal_of


def _deprovisioned(shop: Shop) -> Agreement:
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    return shop.marketplace.desks.agreements.deprovision(shop.licensed.agreement_id)


def _on_trial(shop: Shop) -> Agreement:
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("licensed", trial_days=14))
    return shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now, offer.offer_id)
    )


SITUATIONS: dict[str, Callable[[Shop], Agreement]] = {
    "running": dated,
    "cancelled": lambda shop: shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id),
    "terminated": lambda shop: shop.marketplace.desks.agreements.terminate(
        shop.licensed.agreement_id
    ),
    "ending": lambda shop: shop.marketplace.desks.agreements.end(
        shop.licensed.agreement_id, ends_at=shop.now + AN_HOUR
    ),
    "not started": lambda shop: shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now + AN_HOUR)
    ),
    "deprovisioned": _deprovisioned,
    "never paid": lambda shop: shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, payment_fails=True)
    ),
    "free trial": _on_trial,
    "legacy": lambda shop: shop.legacy,
}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("change", [one for one in COMMANDS if one is not Change.REPLACE])
def test_a_hindrance_is_said_exactly_where_the_command_is_refused(
    shop: Shop, situation: str, change: Change
) -> None:
    agreement = SITUATIONS[situation](shop)
    desks = shop.marketplace.desks
    said = desks.agreements.hindrances(agreement.agreement_id).get(change)
    if said is None:
        COMMAND_OF[change](desks.agreements, agreement)
    else:
        assert refusal_of(shop, lambda: COMMAND_OF[change](desks.agreements, agreement))


def test_asking_changes_nothing(shop: Shop) -> None:
    with shop.marketplace.step() as step:
        before = repr(step.state)
    assert Change.DEPROVISION in shop.marketplace.desks.agreements.hindrances(
        shop.licensed.agreement_id
    )
    with shop.marketplace.step() as step:
        assert repr(step.state) == before
    assert shop.licensed.customer_aws_account_id == ACCOUNT
