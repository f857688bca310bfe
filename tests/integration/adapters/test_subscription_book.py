"""The contract of the SubscriptionsTable's readers, held by the fake and by the table alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import (
    LegacyAccountIdentity,
    LicenseIdentity,
    SubscriptionKey,
    legacy_account_key,
)
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import ReferenceInvalidError
from tests.integration.adapters.shelves import (
    ADA,
    KEY,
    LEGACY,
    LICENSED,
    NOW,
    SOON,
    Shelf,
    register,
)
from tests.unit.domain.builders import (
    ACCOUNT,
    HOUR,
    LICENSE_ARN,
    PRODUCT_CODE,
    SUBSCRIPTION,
)
from tests.unit.domain.subscriptions.aws_tells import (
    OTHER_LICENSE,
    ended,
    licensed,
)


def test_a_subscription_is_unknown_until_somebody_registers_it(shelf: Shelf) -> None:
    assert shelf.book.find([KEY]) == {}

    register(shelf)

    assert shelf.book.find([KEY]) == {KEY: SUBSCRIPTION}


def test_a_legacy_customer_is_found_under_both_names(shelf: Shelf) -> None:
    keys = register(shelf, LEGACY)

    found = shelf.book.find(keys)

    assert len(found) == 2
    account_key = legacy_account_key(PRODUCT_CODE, ACCOUNT)
    assert found[account_key] == Subscription(
        account_key,
        PRODUCT_CODE,
        LegacyAccountIdentity(PRODUCT_CODE, ACCOUNT),
        alias_of=next(key for key in keys if key != account_key),
    )
    assert {one.contract for one in found.values()} == {found[account_key].alias_of}


def test_many_subscriptions_are_found_at_once_and_strangers_are_left_out(shelf: Shelf) -> None:
    customers = [
        replace(LICENSED, license_arn=f"{LICENSE_ARN[:-3]}{n:03}", agreement_id=f"agmt-{n}")
        for n in range(105)
    ]
    keys = [key for customer in customers for key in register(shelf, customer)]

    found = shelf.book.find([*keys, SubscriptionKey("license#l-stranger"), keys[0]])

    assert set(found) == set(keys)
    assert shelf.book.find([]) == {}


def test_a_repeat_visit_takes_nothing_away_that_the_life_cycle_wrote(shelf: Shelf) -> None:
    register(shelf)
    shelf.learn(ended(0))

    register(shelf)

    assert shelf.book.find([KEY])[KEY].ended_at == NOW
    assert shelf.references.set_contact(KEY, ADA, NOW).phase is Phase.ENDING


def test_a_later_visit_brings_the_identity_that_aws_knows_now(shelf: Shelf) -> None:
    register(shelf)
    moved = replace(LICENSED, customer_aws_account_id="777788889999")

    shelf.learn(registration(moved, NOW + HOUR, trial=False))

    found = shelf.book.find([KEY])[KEY]
    assert found.identity == LicenseIdentity("777788889999", LICENSE_ARN)


def test_a_subscription_goes_on_until_it_is_known_to_have_ended(shelf: Shelf) -> None:
    register(shelf)

    assert shelf.book.find([KEY])[KEY].ended_at is None


def test_contact_details_of_a_subscription_that_is_gone_are_refused(shelf: Shelf) -> None:
    with pytest.raises(ReferenceInvalidError):
        shelf.references.set_contact(KEY, ADA, NOW)

    assert shelf.book.find([KEY]) == {}


def test_a_repeat_visit_takes_no_contact_away(shelf: Shelf) -> None:
    register(shelf)
    shelf.references.set_contact(KEY, ADA, NOW)

    register(shelf)

    assert shelf.contact_of(KEY) == ADA


def test_a_registered_subscription_is_active(shelf: Shelf) -> None:
    register(shelf)

    assert shelf.references.set_contact(KEY, ADA, NOW).phase is Phase.ACTIVE
    assert shelf.contact_of(KEY) == ADA


def test_empty_contact_fields_do_not_replace_earlier_ones(shelf: Shelf) -> None:
    register(shelf)
    shelf.references.set_contact(KEY, ADA, NOW)

    shelf.references.set_contact(KEY, Contact("charles@example.com", "", ""), NOW)

    assert shelf.contact_of(KEY) == Contact("charles@example.com", "Engines", "Ada")


def test_new_contact_fields_replace_earlier_ones(shelf: Shelf) -> None:
    register(shelf)
    shelf.references.set_contact(KEY, ADA, NOW)
    other = Contact("charles@example.com", "Difference", "Charles")

    shelf.references.set_contact(KEY, other, NOW)

    assert shelf.contact_of(KEY) == other


def test_a_reference_stands_for_its_subscriptions(shelf: Shelf) -> None:
    keys = register(shelf, LEGACY)
    shelf.references.add_reference("digest", keys, NOW + SOON)

    assert shelf.references.redeem_reference("digest", "form", NOW) == keys


def test_the_same_form_may_come_twice_and_another_one_may_not(shelf: Shelf) -> None:
    keys = register(shelf)
    shelf.references.add_reference("digest", keys, NOW + SOON)
    shelf.references.redeem_reference("digest", "form", NOW)

    assert shelf.references.redeem_reference("digest", "form", NOW) == keys
    with pytest.raises(ReferenceInvalidError):
        shelf.references.redeem_reference("digest", "another form", NOW)


@pytest.mark.parametrize("late", [timedelta(0), HOUR])
def test_a_reference_that_is_too_old_is_void_even_for_the_same_form(
    shelf: Shelf, late: timedelta
) -> None:
    shelf.references.add_reference("digest", register(shelf), NOW + SOON)
    shelf.references.redeem_reference("digest", "form", NOW)

    with pytest.raises(ReferenceInvalidError):
        shelf.references.redeem_reference("digest", "form", NOW + SOON + late)


def test_a_reference_that_nobody_gave_out_is_void(shelf: Shelf) -> None:
    with pytest.raises(ReferenceInvalidError):
        shelf.references.redeem_reference("made up", "form", NOW)


@pytest.mark.parametrize("is_used", [False, True])
def test_a_living_reference_tells_the_state_used_up_or_not(shelf: Shelf, *, is_used: bool) -> None:
    shelf.references.add_reference("digest", register(shelf), NOW + SOON)
    if is_used:
        shelf.references.redeem_reference("digest", "form", NOW)

    assert shelf.references.state_of("digest", NOW).phase is Phase.ACTIVE
    assert shelf.references.state_of("digest", NOW).folder == FolderKey(KEY)


@pytest.mark.parametrize("late", [timedelta(0), HOUR])
def test_a_reference_that_is_too_old_tells_nothing(shelf: Shelf, late: timedelta) -> None:
    shelf.references.add_reference("digest", register(shelf), NOW + SOON)

    with pytest.raises(ReferenceInvalidError):
        shelf.references.state_of("digest", NOW + SOON + late)


def test_a_reference_that_nobody_gave_out_tells_nothing(shelf: Shelf) -> None:
    with pytest.raises(ReferenceInvalidError):
        shelf.references.state_of("made up", NOW)


def test_a_letter_is_claimed_once_for_a_reference(shelf: Shelf) -> None:
    for digest in ("one", "other"):
        shelf.references.add_reference(digest, register(shelf), NOW + SOON)

    assert [shelf.references.claim_letter("one") for _ in range(3)] == [True, False, False]
    assert shelf.references.claim_letter("other")
    assert not shelf.references.claim_letter("made up")
    with pytest.raises(ReferenceInvalidError):
        shelf.references.state_of("made up", NOW)


def test_a_reference_is_no_subscription(shelf: Shelf) -> None:
    shelf.references.add_reference("digest", register(shelf), NOW + SOON)

    assert set(shelf.book.find([KEY, SubscriptionKey("digest")])) == {KEY}


def test_details_of_any_characters_are_kept(shelf: Shelf) -> None:
    register(shelf)
    contact = Contact("用户@例子.公司", "O'Hara & <Söhne> #:", "Ada \U0001f600")

    shelf.references.set_contact(KEY, contact, NOW)

    assert shelf.contact_of(KEY) == contact


def test_an_account_has_others_if_it_registered_another_subscription(shelf: Shelf) -> None:
    other = replace(LICENSED, license_arn=OTHER_LICENSE, agreement_id="agmt-2")
    register(shelf)
    assert not shelf.references.has_others(ACCOUNT, [KEY])

    shelf.learn(licensed(0, OTHER_LICENSE, id="agmt-2"))
    assert not shelf.references.has_others(ACCOUNT, [KEY])
    register(shelf, other)

    assert shelf.references.has_others(ACCOUNT, [KEY])
    assert not shelf.references.has_others("777788889999", [KEY])
