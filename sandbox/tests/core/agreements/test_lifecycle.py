"""What may happen to an agreement, and what comes of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.agreements.lifecycle import TRANSITIONS, Change
from marketplace_sandbox.core.model.agreements import (
    Agreement,
    AgreementStatus,
    NewAgreement,
)
from marketplace_sandbox.core.model.offers import Grant, NewOffer, Price
from marketplace_sandbox.desks.agreements import AgreementsDesk
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of, statuses
from tests.deals import A_DAY, BUYER, PRICES, dated, refusal_of
from tests.inbox import Inbox

COMMANDS: dict[Change, Callable[[AgreementsDesk, Agreement], object]] = {
    Change.AMEND: lambda desk, one: desk.amend(one.agreement_id, prices=PRICES),
    Change.RENEW: lambda desk, one: desk.renew(one.agreement_id),
    Change.REPLACE: lambda desk, one: desk.replace(one.agreement_id, str(one.offer_id)),
    Change.CANCEL: lambda desk, one: desk.cancel(one.agreement_id),
    Change.TERMINATE: lambda desk, one: desk.terminate(one.agreement_id),
    Change.DEPROVISION: lambda desk, one: desk.deprovision(one.agreement_id),
}


def brought_to(shop: Shop, status: AgreementStatus) -> Agreement:
    agreement = dated(shop)
    match status:
        case AgreementStatus.ACTIVE:
            pass
        case AgreementStatus.EXPIRED:
            shop.now += 90 * A_DAY
        case AgreementStatus.CANCELLED:
            shop.marketplace.desks.agreements.cancel(agreement.agreement_id)
        case AgreementStatus.TERMINATED:
            shop.marketplace.desks.agreements.terminate(agreement.agreement_id)
        case AgreementStatus.RENEWED:
            shop.marketplace.desks.agreements.renew(agreement.agreement_id)
        case AgreementStatus.REPLACED:
            shop.marketplace.desks.agreements.replace(
                agreement.agreement_id, str(agreement.offer_id)
            )
    return shop.marketplace.desks.agreements.agreement(agreement.agreement_id)


@pytest.mark.parametrize("change", list(COMMANDS))
@pytest.mark.parametrize("status", list(AgreementStatus))
def test_the_table_of_transitions_is_what_commands_do(
    shop: Shop, status: AgreementStatus, change: Change
) -> None:
    agreement, desks = brought_to(shop, status), shop.marketplace.desks
    assert agreement.status is status
    after = TRANSITIONS[status].get(change)
    if after is None:
        code = refusal_of(shop, lambda: COMMANDS[change](desks.agreements, agreement))
        assert code == ("AgreementActive" if status == "ACTIVE" else "AgreementEnded")
        return
    COMMANDS[change](desks.agreements, agreement)
    assert desks.agreements.agreement(agreement.agreement_id).status is after


def test_every_status_and_change_has_its_place_in_the_table() -> None:
    assert set(TRANSITIONS) == set(AgreementStatus)
    assert {change for row in TRANSITIONS.values() for change in row} == set(Change)


@pytest.mark.parametrize("change", [Change.AMEND, Change.RENEW, Change.REPLACE])
def test_what_has_not_started_cannot_change(shop: Shop, change: Change) -> None:
    future = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now + A_DAY)
    )
    code = refusal_of(shop, lambda: COMMANDS[change](shop.marketplace.desks.agreements, future))
    assert code == "AgreementNotStarted"


def test_an_agreement_starts_in_the_past_by_default_or_when_it_is_said(shop: Shop) -> None:
    desks = shop.marketplace.desks
    default = desks.agreements.subscribe(NewAgreement("licensed"))
    assert default.starts_at == default.accepted_at == shop.now - 7 * A_DAY
    east = timezone(timedelta(hours=9))
    said_at = datetime(2026, 11, 22, 6, tzinfo=east)
    said = desks.agreements.subscribe(NewAgreement("licensed", starts_at=said_at))
    assert said.starts_at == said_at
    assert said.starts_at.tzinfo is UTC


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2026, 11, 22, 6),  # noqa: DTZ001 - a naive time is what is refused here
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2999, 1, 1, tzinfo=UTC),
    ],
)
def test_a_start_outside_the_calendar_or_without_an_offset_is_refused(
    shop: Shop, starts_at: datetime
) -> None:
    new = NewAgreement("licensed", starts_at=starts_at)
    assert (
        refusal_of(shop, lambda: shop.marketplace.desks.agreements.subscribe(new))
        == "InvalidRequest"
    )


def test_a_future_agreement_begins_on_its_start_date(shop: Shop) -> None:  # `sns.future-start`
    inbox = Inbox(shop)
    future = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now + A_DAY)
    )
    assert future.accepted_at == shop.now
    record = shop.licensed_record(future)
    assert code_of(lambda: shop.meter(record)) == "InvalidLicenseException"
    assert inbox.take() == []
    shop.now += A_DAY + AN_HOUR
    created = inbox.take()[0]
    assert created.at == future.starts_at
    detail: Any = created.document["detail"]
    assert detail["agreement"]["acceptanceTime"] == "2026-11-22T12:00:00Z"
    assert detail["agreement"]["startTime"] == "2026-11-23T12:00:00Z"
    assert statuses(shop.meter(shop.licensed_record(future))) == ["Success"]


def test_a_legacy_buyer_has_one_agreement_at_a_time(shop: Shop) -> None:  # `license.legacy-single`
    desks = shop.marketplace.desks
    again = NewAgreement("legacy", ACCOUNT, shop.now + 2 * A_DAY)
    assert refusal_of(shop, lambda: desks.agreements.subscribe(again)) == "AlreadySubscribed"
    desks.agreements.end(shop.legacy.agreement_id, ends_at=shop.now + A_DAY)
    follower = desks.agreements.subscribe(again)
    assert follower.customer_identifier == shop.legacy.customer_identifier
    now = NewAgreement("legacy", ACCOUNT, shop.now)
    assert refusal_of(shop, lambda: desks.agreements.subscribe(now)) == "AlreadySubscribed"


def test_a_legacy_buyer_who_comes_back_starts_where_the_last_agreement_ended(shop: Shop) -> None:
    desks = shop.marketplace.desks
    ended = desks.agreements.end(shop.legacy.agreement_id, ends_at=shop.now - 3 * A_DAY)
    desks.agreements.subscribe(NewAgreement("legacy", ACCOUNT, payment_fails=True))
    assert desks.agreements.subscribe(NewAgreement("legacy", ACCOUNT)).starts_at == ended.ends_at
    assert (
        desks.agreements.subscribe(NewAgreement("licensed", ACCOUNT)).starts_at
        == shop.now - 7 * A_DAY
    )


def test_a_clock_that_goes_back_undoes_nothing(shop: Shop) -> None:
    inbox, desks = Inbox(shop), shop.marketplace.desks
    agreement = dated(shop, days=30, is_renewing=True)
    shop.now += 45 * A_DAY
    before = (desks.agreements.agreements(), len(inbox.take()))
    shop.now -= 60 * A_DAY
    assert (desks.agreements.agreements(), inbox.take()) == (before[0], [])
    renewed = desks.agreements.agreements()[-1]
    assert renewed.previous_agreement_id == agreement.agreement_id
    cancel = COMMANDS[Change.CANCEL]
    assert refusal_of(shop, lambda: cancel(desks.agreements, renewed)) == "InvalidRequest"
    shop.now += 60 * A_DAY
    assert desks.agreements.agreements() == before[0]


def test_a_migrating_buyer_has_a_license_and_a_customer_identifier(shop: Shop) -> None:
    shop.marketplace.create_product(code="moving", mode="migrating")
    agreements = [shop.subscribe("moving") for _ in range(2)]
    assert len({one.customer_identifier for one in agreements}) == 1
    assert len({one.license_arn for one in agreements}) == 2
    token = shop.marketplace.mint_token(agreements[0].agreement_id).token
    answer = shop.marketplace.resolve_customer(RegistrationToken=token)
    assert answer["CustomerIdentifier"] == agreements[0].customer_identifier
    assert answer["LicenseArn"] == agreements[0].license_arn
    assert answer["Metadata"] == {"AgreementId": agreements[0].agreement_id}


def test_an_amendment_keeps_agreement_and_license(shop: Shop) -> None:
    desks = shop.marketplace.desks
    before = dated(shop)
    after = desks.agreements.amend(before.agreement_id, prices=PRICES)
    assert (after.agreement_id, after.license_arn) == (before.agreement_id, before.license_arn)
    assert after.prices == PRICES
    assert after.expires_at == before.expires_at
    assert desks.agreements.agreement(before.agreement_id) == after
    assert desks.agreements.amend(before.agreement_id, is_renewing=True).prices == PRICES


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"grants": (Grant("api_calls", 1),)},
        {"prices": (Price("nothing", Decimal(1)),)},
        {"is_renewing": True},
    ],
)
def test_an_amendment_is_checked_before_it_changes_anything(
    shop: Shop, terms: dict[str, Any]
) -> None:
    amend = shop.marketplace.desks.agreements.amend
    name = shop.licensed.agreement_id
    assert refusal_of(shop, lambda: amend(name, **terms)) == "InvalidRequest"


def test_short_agreements_and_trials_do_not_learn_to_renew(shop: Shop) -> None:
    desks = shop.marketplace.desks
    trial = desks.catalogue.make_offer(NewOffer("licensed", trial_days=90))
    tried = desks.agreements.subscribe(NewAgreement("licensed", BUYER, shop.now, trial.offer_id))
    for agreement in (dated(shop, days=27), tried):
        name = agreement.agreement_id
        code = refusal_of(shop, lambda name=name: desks.agreements.amend(name, is_renewing=True))  # type: ignore[misc] # mypy cannot type a lambda's default
        assert code == "InvalidRequest"


def test_an_account_is_suspended_and_reinstated(shop: Shop) -> None:  # `outcome.suspended-account`
    desks = shop.marketplace.desks
    assert refusal_of(shop, lambda: desks.agreements.reinstate(ACCOUNT)) == "AccountInOrder"
    desks.agreements.suspend(ACCOUNT)
    assert desks.agreements.suspended_accounts() == (ACCOUNT,)
    assert refusal_of(shop, lambda: desks.agreements.suspend(ACCOUNT)) == "AccountSuspended"
    assert statuses(shop.meter(shop.licensed_record())) == ["CustomerNotSubscribed"]
    assert desks.agreements.agreement(shop.licensed.agreement_id).status is AgreementStatus.ACTIVE
    desks.agreements.reinstate(ACCOUNT)
    assert desks.agreements.suspended_accounts() == ()
    assert statuses(shop.meter(shop.licensed_record())) == ["Success"]


def test_an_account_that_nobody_has_is_not_suspended(shop: Shop) -> None:
    desks = shop.marketplace.desks
    assert refusal_of(shop, lambda: desks.agreements.suspend("000000000000")) == "AccountNotFound"
    assert refusal_of(shop, lambda: desks.agreements.suspend("me")) == "InvalidRequest"


def test_a_license_whose_payment_failed_meters_nothing(shop: Shop) -> None:
    failed = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now - A_DAY, payment_fails=True)
    )
    assert failed.status is AgreementStatus.TERMINATED
    assert statuses(shop.meter(shop.licensed_record(failed))) == ["CustomerNotSubscribed"]
    name = failed.agreement_id
    assert (
        refusal_of(shop, lambda: shop.marketplace.desks.agreements.deprovision(name)) == "NoLicense"
    )
    assert (
        refusal_of(shop, lambda: shop.marketplace.desks.agreements.renew(name)) == "AgreementEnded"
    )
