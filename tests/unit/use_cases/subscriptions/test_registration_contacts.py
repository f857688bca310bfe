"""What AWS knows of a buyer, on the way to the form: shown, and neither kept nor told."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from marketplace_sandbox.testing import Agreement, Contact, NewAgreement

from meterhouse.adapters.agreements import AgreementsApi
from meterhouse.domain.subscriptions.registration import KnownContact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.errors import MarketplaceOutageError
from meterhouse.use_cases.subscriptions.register_customer import (
    CONTACT_SECONDS_MIN,
    RegisterCustomer,
    Registered,
)
from tests.fakes.meterhouse import Meterhouse
from tests.unit.domain.subscriptions.aws_tells import licensed

if TYPE_CHECKING:
    from mypy_boto3_marketplace_agreement import AgreementServiceClient

ANNA = Contact("Anna", "Secret", "anna@private.example", "Secret & Söhne", "DE")
KNOWN = KnownContact("anna@private.example", "Secret & Söhne", "Anna Secret")


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def asking(house: Meterhouse) -> RegisterCustomer:
    """Return the use case as it is where AWS is asked for contacts."""
    client = cast("AgreementServiceClient", house.marketplace)
    return replace(house.register_customer(), contacts=AgreementsApi(client))


def subscribe(house: Meterhouse, contact: Contact | None = ANNA) -> Agreement:
    new = NewAgreement(house.product.product_code, contact=contact)
    return house.marketplace.desks.agreements.subscribe(new)


def land(house: Meterhouse, register: RegisterCustomer, agreement: Agreement) -> Registered:
    return register.resolve(house.token_of(agreement), trial=False)


def operations(house: Meterhouse) -> list[str]:
    return [str(call.operation) for call in house.marketplace.calls()]


def kept_and_told(house: Meterhouse) -> str:
    return repr(vars(house.subscriptions)) + repr(house.report.events)


def test_a_buyer_whom_aws_knows_need_not_write_it_again(
    house: Meterhouse, asking: RegisterCustomer
) -> None:
    assert land(house, asking, subscribe(house)).contact == KNOWN
    assert house.report.failures == []


def test_aws_is_asked_by_nobody_who_did_not_choose_it(house: Meterhouse) -> None:
    registered = land(house, house.register_customer(), subscribe(house))

    assert registered.contact == KnownContact()
    assert operations(house) == ["ResolveCustomer"]


def test_what_aws_knows_is_neither_stored_nor_told(
    house: Meterhouse, asking: RegisterCustomer
) -> None:
    registered = land(house, asking, subscribe(house))

    assert registered.contact == KNOWN
    assert house.subscriptions.contacts == {}
    assert "private.example" not in kept_and_told(house) + repr(registered)
    assert "Secret" not in kept_and_told(house) + repr(registered)


def test_only_what_the_buyer_sends_is_stored(house: Meterhouse, asking: RegisterCustomer) -> None:
    reference = land(house, asking, subscribe(house)).reference

    asking.confirm(reference, email="ada@example.com", company="", name="")

    (stored,) = house.subscriptions.contacts.values()
    assert (stored.email, stored.company, stored.name) == ("ada@example.com", "", "")
    assert "Secret" not in kept_and_told(house)


def test_a_buyer_who_named_nobody_gets_the_empty_form(
    house: Meterhouse, asking: RegisterCustomer
) -> None:
    assert land(house, asking, subscribe(house, contact=None)).contact == KnownContact()
    assert house.report.failures == []


@pytest.mark.parametrize("fault", ["throttle", "internal_error_before", "access_denied"])
def test_a_refusal_of_aws_costs_the_buyer_nothing_else(
    house: Meterhouse, asking: RegisterCustomer, fault: str
) -> None:
    house.marketplace.inject_fault(fault, operation="GetAgreementContacts", count=1)
    agreement = subscribe(house)

    registered = land(house, asking, agreement)

    assert registered == Registered("reference-1", registered.phase, is_returning=False)
    confirmed = asking.confirm("reference-1", email="ada@example.com", company="", name="")
    assert confirmed.email == "ada@example.com"
    assert house.report.metrics["ContactsNotRead"] == 1
    (told,) = [fields for name, fields in house.report.events if name == "contact_not_read"]
    assert told["agreement"] == agreement.agreement_id
    assert "GetAgreementContacts: " in str(told["error"])


class Silent:
    """Answers nothing, and notes for which agreements it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def known_contact(self, agreement_id: str) -> KnownContact:
        self.asked.append(agreement_id)
        raise MarketplaceOutageError("ReadTimeoutError")


def test_aws_out_of_reach_costs_the_buyer_nothing_else(house: Meterhouse) -> None:
    register = replace(house.register_customer(), contacts=Silent())

    assert land(house, register, subscribe(house)).contact == KnownContact()
    assert house.report.metrics["ContactsNotRead"] == 1


def test_nothing_is_asked_when_it_would_take_the_pages_time(house: Meterhouse) -> None:
    silent, now = Silent(), house.clock.now()
    register = replace(house.register_customer(), contacts=silent)
    house.clock.move_to(now, seconds_left=CONTACT_SECONDS_MIN - 0.1)

    assert land(house, register, subscribe(house)).contact == KnownContact()

    assert silent.asked == []
    assert house.report.metrics["ContactsNotRead"] == 1
    house.clock.move_to(now + timedelta(seconds=1), seconds_left=CONTACT_SECONDS_MIN)
    land(house, register, subscribe(house))
    assert len(silent.asked) == 1


class Terse:
    """Resolves every token without naming an agreement, as AWS did before October 2026."""

    def __init__(self, agreement: Agreement) -> None:
        self._customer = ResolvedCustomer(
            agreement.product_code,
            agreement.customer_aws_account_id,
            license_arn=agreement.license_arn,
        )

    def resolve_customer(self, token: str) -> ResolvedCustomer:
        del token
        return self._customer


def test_the_agreement_is_known_by_the_token_or_by_events(
    house: Meterhouse, asking: RegisterCustomer
) -> None:
    agreement = subscribe(house)
    assert agreement.license_arn is not None
    terse = replace(asking, marketplace=Terse(agreement))

    nameless = terse.resolve("token", trial=False)

    assert nameless.contact == KnownContact()
    assert house.report.failures == []
    event = licensed(
        0,
        agreement.license_arn,
        id=agreement.agreement_id,
        code=agreement.product_code,
        account=agreement.customer_aws_account_id,
    )
    house.keeper().learn(event)
    assert terse.resolve("token", trial=False).contact == KNOWN
