"""The contract of SubscriptionBook, held by the fake and by the table alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest

from meterhouse.adapters.subscriptions_table import SubscriptionsTable
from meterhouse.domain.subscriptions.identity import (
    LegacyAccountIdentity,
    SubscriptionKey,
    legacy_account_key,
)
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import (
    ResolvedCustomer,
    Subscription,
    subscriptions_of,
)
from meterhouse.errors import ReferenceInvalidError
from meterhouse.ports.subscriptions import SubscriptionBook
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import ACCOUNT, HOUR, LICENSE_ARN, NOON_AT, PRODUCT_CODE

NOW = NOON_AT
SOON = timedelta(minutes=30)
LICENSED = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN, "agmt-1")
LEGACY = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, "ifAPi5AcF3")
(SUBSCRIPTION,) = subscriptions_of(LICENSED)
KEY = SUBSCRIPTION.key
ADA = Contact("ada@example.com", "Engines", "Ada")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A SubscriptionBook, and the life cycle that other parts of the application write to it."""

    book: SubscriptionBook
    end: Callable[[SubscriptionKey, datetime], None]
    contact_of: Callable[[SubscriptionKey], Contact]


@pytest.fixture
def shelf(any_aws: Aws | None, report: InMemoryReport) -> Shelf:
    return _in_memory() if any_aws is None else _on_dynamodb(any_aws, report)


def _in_memory() -> Shelf:
    book = InMemorySubscriptionBook()

    def end(key: SubscriptionKey, ended_at: datetime) -> None:
        ended = replace(book.subscriptions[key], ended_at=ended_at.astimezone(UTC))
        book.subscriptions[key] = ended
        book.statuses[key] = "ended"

    return Shelf(book, end, lambda key: book.contacts[key])


def _on_dynamodb(aws: Aws, report: InMemoryReport) -> Shelf:
    table_name = aws.create_table("SubscriptionsTable")

    def end(key: SubscriptionKey, ended_at: datetime) -> None:
        aws.dynamodb.update_item(
            TableName=table_name,
            Key={"pk": {"S": key}},
            UpdateExpression="SET #status = :status, ended_at = :ended_at",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":status": {"S": "ended"},
                ":ended_at": {"S": ended_at.isoformat()},
            },
        )

    def contact_of(key: SubscriptionKey) -> Contact:
        item = aws.dynamodb.get_item(TableName=table_name, Key={"pk": {"S": key}})["Item"]
        given = (item.get(name, {"S": ""})["S"] for name in ("email", "company", "contact_name"))
        return Contact(*given)

    return Shelf(SubscriptionsTable(aws.dynamodb, table_name, report), end, contact_of)


def register(shelf: Shelf, customer: ResolvedCustomer = LICENSED) -> tuple[SubscriptionKey, ...]:
    subscriptions = subscriptions_of(customer)
    for subscription in subscriptions:
        shelf.book.upsert(subscription, customer, trial=False, now=NOW)
    return tuple(subscription.key for subscription in subscriptions)


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
    customers = [replace(LICENSED, license_arn=f"{LICENSE_ARN[:-3]}{n:03}") for n in range(105)]
    keys = [key for customer in customers for key in register(shelf, customer)]

    found = shelf.book.find([*keys, SubscriptionKey("license#l-stranger"), keys[0]])

    assert set(found) == set(keys)
    assert shelf.book.find([]) == {}


def test_a_repeat_visit_takes_nothing_away_that_the_life_cycle_wrote(shelf: Shelf) -> None:
    register(shelf)
    shelf.end(KEY, NOW + HOUR)

    register(shelf)

    assert shelf.book.find([KEY])[KEY].ended_at == NOW + HOUR
    assert shelf.book.set_contact(KEY, ADA, NOW) == "ended"


def test_a_later_visit_brings_the_identity_that_aws_knows_now(shelf: Shelf) -> None:
    register(shelf)
    shelf.end(KEY, NOW + HOUR)
    moved = replace(LICENSED, customer_aws_account_id="777788889999")

    register(shelf, moved)

    (expected,) = subscriptions_of(moved)
    assert shelf.book.find([KEY]) == {KEY: replace(expected, ended_at=NOW + HOUR)}


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-7))], ids=str)
def test_the_end_of_a_subscription_is_told_in_utc(shelf: Shelf, zone: tzinfo) -> None:
    register(shelf)

    shelf.end(KEY, (NOW + HOUR).astimezone(zone))

    ended_at = shelf.book.find([KEY])[KEY].ended_at
    assert ended_at == NOW + HOUR
    assert ended_at.utcoffset() == timedelta(0)


def test_a_subscription_goes_on_until_it_is_known_to_have_ended(shelf: Shelf) -> None:
    register(shelf)

    assert shelf.book.find([KEY])[KEY].ended_at is None


def test_contact_details_of_a_subscription_that_is_gone_are_refused(shelf: Shelf) -> None:
    with pytest.raises(ReferenceInvalidError):
        shelf.book.set_contact(KEY, ADA, NOW)

    assert shelf.book.find([KEY]) == {}


def test_a_repeat_visit_takes_no_contact_away(shelf: Shelf) -> None:
    register(shelf)
    shelf.book.set_contact(KEY, ADA, NOW)

    register(shelf)

    assert shelf.contact_of(KEY) == ADA


def test_a_registered_subscription_says_so(shelf: Shelf) -> None:
    register(shelf)

    assert shelf.book.set_contact(KEY, ADA, NOW) == "registered"
    assert shelf.contact_of(KEY) == ADA


def test_empty_contact_fields_do_not_replace_earlier_ones(shelf: Shelf) -> None:
    register(shelf)
    shelf.book.set_contact(KEY, ADA, NOW)

    shelf.book.set_contact(KEY, Contact("charles@example.com", "", ""), NOW)

    assert shelf.contact_of(KEY) == Contact("charles@example.com", "Engines", "Ada")


def test_new_contact_fields_replace_earlier_ones(shelf: Shelf) -> None:
    register(shelf)
    shelf.book.set_contact(KEY, ADA, NOW)
    other = Contact("charles@example.com", "Difference", "Charles")

    shelf.book.set_contact(KEY, other, NOW)

    assert shelf.contact_of(KEY) == other


def test_a_reference_stands_for_its_subscriptions(shelf: Shelf) -> None:
    keys = register(shelf, LEGACY)
    shelf.book.add_reference("digest", keys, NOW + SOON)

    assert shelf.book.redeem_reference("digest", ADA, NOW) == keys


def test_the_same_form_may_come_twice_and_another_one_may_not(shelf: Shelf) -> None:
    keys = register(shelf)
    shelf.book.add_reference("digest", keys, NOW + SOON)
    shelf.book.redeem_reference("digest", ADA, NOW)

    assert shelf.book.redeem_reference("digest", ADA, NOW) == keys
    with pytest.raises(ReferenceInvalidError):
        shelf.book.redeem_reference("digest", replace(ADA, name="Eve"), NOW)


@pytest.mark.parametrize("late", [timedelta(0), HOUR])
def test_a_reference_that_is_too_old_is_void_even_for_the_same_form(
    shelf: Shelf, late: timedelta
) -> None:
    shelf.book.add_reference("digest", register(shelf), NOW + SOON)
    shelf.book.redeem_reference("digest", ADA, NOW)

    with pytest.raises(ReferenceInvalidError):
        shelf.book.redeem_reference("digest", ADA, NOW + SOON + late)


def test_a_reference_that_nobody_gave_out_is_void(shelf: Shelf) -> None:
    with pytest.raises(ReferenceInvalidError):
        shelf.book.redeem_reference("made up", ADA, NOW)


def test_a_reference_is_no_subscription(shelf: Shelf) -> None:
    shelf.book.add_reference("digest", register(shelf), NOW + SOON)

    assert set(shelf.book.find([KEY, SubscriptionKey("digest")])) == {KEY}


def test_details_of_any_characters_are_kept(shelf: Shelf) -> None:
    register(shelf)
    contact = Contact("用户@例子.公司", "O'Hara & <Söhne> #:", "Ada \U0001f600")

    shelf.book.set_contact(KEY, contact, NOW)

    assert shelf.contact_of(KEY) == contact
