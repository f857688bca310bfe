"""What a sweep makes of what it does not see, cannot read, or is of another seller's product."""

from dataclasses import replace

import pytest
from marketplace_sandbox.testing import OfferKind

from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Flag, Phase
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.use_cases.subscriptions.sweep_agreements import SECONDS_KEPT
from tests.unit.use_cases.subscriptions.sweeping import (
    CODE,
    ENTITLEMENTS,
    Pages,
    SweptHouse,
    folder_of,
    told_of,
)

PARTNER, OTHER = "555566667777", "777788889999"


@pytest.fixture
def house() -> SweptHouse:
    return SweptHouse()


def test_what_only_events_told_is_named_after_a_whole_sweep(house: SweptHouse) -> None:
    partners = house.accept(
        OTHER,
        kind=OfferKind.PRIVATE,
        buyer_account_ids=(OTHER,),
        proposer_account_id=PARTNER,
    )
    house.sell(120)
    for fact in told_of(partners):
        house.keep.learn(fact)

    answers = [house.sweep(seconds_left=SECONDS_KEPT + 20)]
    while answers[-1].left is not None:
        answers.append(house.sweep(seconds_left=SECONDS_KEPT + 20))

    assert house.state(partners).phase is Phase.ACTIVE
    assert len(answers) > 1
    assert answers[-1].out_of_sight == 1
    assert answers[-1].out_of_sight_ids == [partners.agreement_id]
    assert house.logged("agreements_out_of_sight") == [
        {"count": 1, "agreements": [partners.agreement_id]}
    ]
    # What was updated since shows nothing of the others.
    assert house.sweep().out_of_sight is None


def test_up_to_a_hundred_are_named(house: SweptHouse) -> None:
    for agreement in house.sell(103):
        for fact in told_of(agreement):
            house.keep.learn(fact)
    house.agreements = Pages([[]])

    answer = house.sweep()

    assert answer.out_of_sight == 103
    assert len(answer.out_of_sight_ids) == 100


def test_an_agreement_that_makes_no_sense_stands_in_nobodys_way(house: SweptHouse) -> None:
    [sold] = house.sell()
    [good] = house.agreements.updated(None, None).agreements
    wrong = [
        replace(good, agreement_id=""),
        replace(good, agreement_id="agmt-1", updated_at=None),
        replace(good, agreement_id="agmt-2", account_id="somebody"),
        replace(good, agreement_id="agmt-3", license_arns=("no license",)),
    ]
    house.agreements = Pages([[*wrong, good]])

    answer = house.sweep()

    assert (answer.swept, answer.refused, answer.left) == (1, 4, None)
    assert len(house.logged("agreement_refused")) == 4
    assert house.knows(sold)


def test_an_agreement_that_changes_its_license_keeps_both(house: SweptHouse) -> None:
    house.sell(2)
    one, other = house.agreements.updated(None, None).agreements
    changed = replace(one, license_arns=other.license_arns)
    house.agreements = Pages([[one, changed]])

    house.sweep()

    licenses = [state for key, state in house.states().items() if key.startswith("license#")]
    assert [state.flags for state in licenses] == [(Flag.OTHER_LICENSE,)] * 2


def test_of_a_product_that_is_not_ours_nothing_is_billed_or_asked(house: SweptHouse) -> None:
    house.aws.create_product(code="other", title="Other")
    [mine], [foreign] = house.sell(), house.sell(code="other")
    ours = house.aws.desks.catalogue.product(CODE).product_id
    house.products = Products(frozenset({CODE, ours}))

    answer = house.sweep()

    assert answer.swept == 2
    assert house.knows(mine)
    assert not house.knows(foreign)
    assert house.book.listed == {folder_of(mine)}
    assert len(house.calls(ENTITLEMENTS)) == 1


def test_whose_buyer_registered_is_ours_whatever_is_declared(house: SweptHouse) -> None:
    house.aws.create_product(code="other", title="Other")
    [theirs] = house.sell(code="other")
    visit = ResolvedCustomer(
        "other", theirs.customer_aws_account_id, None, theirs.license_arn, theirs.agreement_id
    )
    house.keep.learn(registration(visit, house.clock.now(), trial=False))
    house.products = Products(frozenset({CODE, "prod-atlas"}))

    house.sweep()

    assert house.state(theirs).identity is not None
    assert folder_of(theirs) in house.book.listed


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    "products", [Products(frozenset({CODE})), Products(legacy=frozenset({"other"}))]
)
def test_a_code_that_comes_to_be_known_tells_that_a_license_is_not_ours(
    house: SweptHouse, products: Products, *, is_first: bool
) -> None:
    house.aws.create_product(code="other", title="Other")
    [foreign] = house.sell(code="other")
    house.products = products
    if is_first:
        house.sweep()
        assert house.state(foreign).identity is not None
    for fact in told_of(foreign):
        house.keep.learn(fact)
    if not is_first:
        house.sweep()

    assert house.state(foreign).identity is None
    assert not house.state(foreign).has_access
    assert folder_of(foreign) not in house.book.listed
    assert house.book.subscriptions == {}
