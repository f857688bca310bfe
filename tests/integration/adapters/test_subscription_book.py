"""The contract of the SubscriptionsTable's ports, held by the fake and by the table alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from meterhouse.adapters.subscriptions_table.book import SubscriptionsTable
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable, contact_key
from meterhouse.domain.subscriptions.facts import Fact, FolderKey, Kind
from meterhouse.domain.subscriptions.identity import (
    LegacyAccountIdentity,
    LicenseIdentity,
    SubscriptionKey,
    legacy_account_key,
)
from meterhouse.domain.subscriptions.own_facts import own_fact, registration
from meterhouse.domain.subscriptions.placing import Products, names
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.state import Flag, Phase, State
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer, Subscription
from meterhouse.errors import ReferenceInvalidError
from meterhouse.ports.subscriptions import FactFolders, ReferenceBook, SubscriptionBook
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import (
    ACCOUNT,
    HOUR,
    LICENSE_ARN,
    NOON_AT,
    PRODUCT_CODE,
    SUBSCRIPTION,
)
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
    OTHER_LICENSE,
    created,
    deprovisioned,
    ended,
    licensed,
    told,
)

NOW = NOON_AT
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SOON = timedelta(minutes=30)
LICENSED = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN, AGREEMENT)
LEGACY = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, "ifAPi5AcF3")
KEY = SUBSCRIPTION.key
FOLDER = FolderKey(KEY)
ADA = Contact("ada@example.com", "Engines", "Ada")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The ports of one SubscriptionsTable, and what learns facts through them."""

    book: SubscriptionBook
    references: ReferenceBook
    folders: FactFolders
    contact_of: Callable[[SubscriptionKey], Contact]

    def keep(self, now: datetime = NOW) -> KeepSubscriptions:
        return KeepSubscriptions(self.folders, Products(), VirtualClock(now), InMemoryReport())

    def learn(self, *facts: Fact, now: datetime = NOW) -> None:
        for fact in facts:
            self.keep(now).learn(fact)


@pytest.fixture
def shelf(any_aws: Aws | None, report: InMemoryReport) -> Shelf:
    return _in_memory() if any_aws is None else _on_dynamodb(any_aws, report)


def _in_memory() -> Shelf:
    book = InMemorySubscriptionBook()
    return Shelf(book, book, book, lambda key: book.contacts[key])


def _on_dynamodb(aws: Aws, report: InMemoryReport) -> Shelf:
    table_name = aws.create_table("SubscriptionsTable")

    def contact_of(key: SubscriptionKey) -> Contact:
        item = aws.dynamodb.get_item(TableName=table_name, Key=contact_key(key))["Item"]
        given = (item.get(name, {"S": ""})["S"] for name in ("email", "company", "contact_name"))
        return Contact(*given)

    return Shelf(
        SubscriptionsTable(aws.dynamodb, table_name, report),
        ReferencesTable(aws.dynamodb, table_name),
        FoldersTable(aws.dynamodb, table_name),
        contact_of,
    )


def register(shelf: Shelf, customer: ResolvedCustomer = LICENSED) -> tuple[SubscriptionKey, ...]:
    fact = registration(customer, NOW, trial=False)
    shelf.learn(fact)
    return names(fact)


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
        account_key, PRODUCT_CODE, LegacyAccountIdentity(PRODUCT_CODE, ACCOUNT)
    )


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

    assert shelf.references.redeem_reference("digest", ADA, NOW) == keys


def test_the_same_form_may_come_twice_and_another_one_may_not(shelf: Shelf) -> None:
    keys = register(shelf)
    shelf.references.add_reference("digest", keys, NOW + SOON)
    shelf.references.redeem_reference("digest", ADA, NOW)

    assert shelf.references.redeem_reference("digest", ADA, NOW) == keys
    with pytest.raises(ReferenceInvalidError):
        shelf.references.redeem_reference("digest", replace(ADA, name="Eve"), NOW)


@pytest.mark.parametrize("late", [timedelta(0), HOUR])
def test_a_reference_that_is_too_old_is_void_even_for_the_same_form(
    shelf: Shelf, late: timedelta
) -> None:
    shelf.references.add_reference("digest", register(shelf), NOW + SOON)
    shelf.references.redeem_reference("digest", ADA, NOW)

    with pytest.raises(ReferenceInvalidError):
        shelf.references.redeem_reference("digest", ADA, NOW + SOON + late)


def test_a_reference_that_nobody_gave_out_is_void(shelf: Shelf) -> None:
    with pytest.raises(ReferenceInvalidError):
        shelf.references.redeem_reference("made up", ADA, NOW)


def test_a_reference_is_no_subscription(shelf: Shelf) -> None:
    shelf.references.add_reference("digest", register(shelf), NOW + SOON)

    assert set(shelf.book.find([KEY, SubscriptionKey("digest")])) == {KEY}


def test_details_of_any_characters_are_kept(shelf: Shelf) -> None:
    register(shelf)
    contact = Contact("用户@例子.公司", "O'Hara & <Söhne> #:", "Ada \U0001f600")

    shelf.references.set_contact(KEY, contact, NOW)

    assert shelf.contact_of(KEY) == contact


def test_a_fact_is_stored_once_and_read_as_it_was_told(shelf: Shelf) -> None:
    facts = [
        created(0),
        licensed(61),
        ended(70),
        registration(LICENSED, NOW, trial=True),
        own_fact("api", Kind.DESCRIBED, NOW, agreement_id=AGREEMENT, ends_at=NOW, status="ACTIVE"),
    ]

    for fact in facts:
        assert shelf.folders.add(FOLDER, fact)
        assert not shelf.folders.add(FOLDER, fact)

    assert set(shelf.folders.open(FOLDER).folder.facts) == set(facts)


def test_a_message_of_a_legacy_listing_is_read_as_it_was_told(shelf: Shelf) -> None:
    fact = told("subscribe-success", 0)

    shelf.folders.add(fact.folder, fact)

    assert shelf.folders.open(fact.folder).folder.facts == (fact,)


def test_folders_know_whom_they_read_and_who_reads_them(shelf: Shelf) -> None:
    agreement = created(0).folder

    shelf.folders.link(FOLDER, agreement)
    shelf.folders.link(FOLDER, agreement)

    assert shelf.folders.open(FOLDER).folder.reads == {agreement}
    assert shelf.folders.open(agreement).readers == {FOLDER}
    assert shelf.folders.open(agreement).folder.reads == frozenset()


FULL = State(
    folder=FOLDER,
    facts=7,
    phase=Phase.ENDING,
    phase_at=NOW + HOUR,
    has_access=True,
    identity=SUBSCRIPTION.identity,
    flags=(Flag.ADVISORY, Flag.AUTO_RENEWAL_OFF),
    product_code=PRODUCT_CODE,
    product_id="prod-1",
    account_id=ACCOUNT,
    agreement_id=AGREEMENT,
    previous_agreement_id="agmt-0",
    successor="agmt-2",
    offer_id="offer-1",
    status="RENEWED",
    starts_at=NOW - HOUR,
    ends_at=NOW,
    ended_at=NOW,
    closes_at=NOW + HOUR,
    stopped_at=NOW,
    trial_until=NOW,
    registered_at=NOW,
)
BARE = State(FOLDER, 1, Phase.PENDING, NOW, has_access=False)


@pytest.mark.parametrize("state", [FULL, BARE], ids=["full", "bare"])
@pytest.mark.parametrize("is_listed", [True, False])
def test_a_state_is_read_as_it_was_written(shelf: Shelf, state: State, *, is_listed: bool) -> None:
    assert shelf.folders.keep(state, 0, is_listed=is_listed)

    opened = shelf.folders.open(FOLDER)
    assert (opened.state, opened.version) == (state, 1)


def test_a_state_is_written_over_the_one_that_was_read_and_over_no_other(shelf: Shelf) -> None:
    assert shelf.folders.keep(BARE, 0, is_listed=True)
    assert shelf.folders.keep(FULL, 1, is_listed=True)

    assert not shelf.folders.keep(BARE, 0, is_listed=True)
    assert not shelf.folders.keep(BARE, 1, is_listed=True)

    assert shelf.folders.open(FOLDER).state == FULL


def test_who_ends_is_found_until_aws_takes_no_more(shelf: Shelf) -> None:
    shelf.learn(licensed(-7_000), licensed(-7_000, OTHER_LICENSE, id="agmt-2"))
    assert shelf.book.ending(NOW) == ()

    shelf.learn(ended(0), deprovisioned(31))

    (found,) = shelf.book.ending(NOW + MINUTE)
    assert (found.key, found.ended_at, found.closes_at) == (KEY, NOW, NOW + HOUR + 31 * SECOND)
    assert shelf.book.ending(NOW + HOUR + 31 * SECOND) == ()


def test_a_phase_that_passes_is_found_when_it_has_and_moved_on(shelf: Shelf) -> None:
    shelf.learn(licensed(-7_000), ended(0))
    closes_at = NOW + HOUR
    assert shelf.folders.changing(closes_at - SECOND) == ()
    assert shelf.folders.changing(closes_at) == (FOLDER,)

    shelf.keep(closes_at).refresh(closes_at)

    state = shelf.folders.open(FOLDER).state
    assert state is not None
    assert state.phase is Phase.ENDED
    assert shelf.folders.changing(closes_at) == ()


def test_what_begins_later_is_moved_on_when_it_begins(shelf: Shelf) -> None:
    starts_at = NOW + HOUR
    shelf.learn(created(0, startTime=starts_at.isoformat()), licensed(61))
    assert shelf.folders.changing(NOW) == ()

    shelf.keep(starts_at).refresh(starts_at)

    state = shelf.folders.open(FOLDER).state
    assert state is not None
    assert state.phase is Phase.ACTIVE


def test_the_sellers_word_that_usage_stopped_is_kept(shelf: Shelf) -> None:
    assert shelf.keep().note_stopped(KEY, NOW) is None
    register(shelf)

    found = shelf.keep().note_stopped(KEY, NOW + MINUTE)

    assert found is not None
    assert found.stopped_at == NOW + MINUTE
    assert shelf.book.find([KEY])[KEY] == found
