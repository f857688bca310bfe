"""The last hour of an agreement, as `final_window` is read."""

from datetime import datetime, timedelta

import pytest

from marketplace_sandbox.core.agreements.lifecycle import DEPROVISION_DELAY
from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.offers import NewOffer
from marketplace_sandbox.core.model.readings import FinalWindow, Readings
from tests.builders import AN_HOUR, Shop, statuses
from tests.inbox import Inbox

AN_INSTANT = timedelta(microseconds=1)
A_MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
ENDED = "Purchase Agreement Ended - Proposer"
DEPROVISIONED = "License Deprovisioned - Manufacturer"


def read_as(shop: Shop, reading: FinalWindow) -> None:
    with shop.marketplace.step() as step:
        step.state.readings = Readings(final_window=reading)


def standing(shop: Shop) -> Agreement:
    return shop.marketplace.desks.agreements.agreement(shop.licensed.agreement_id)


def meters(shop: Shop, dimension: str = "api_calls") -> bool:
    record = shop.licensed_record(Dimension=dimension, Timestamp=shop.now - AN_HOUR)
    (status,) = statuses(shop.meter(record))
    assert status in {"Success", "CustomerNotSubscribed"}
    return status == "Success"


def test_the_hour_runs_from_the_end_while_the_license_goes_within_a_minute(shop: Shop) -> None:
    inbox, ended_at = Inbox(shop), shop.now
    ended = shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    assert (ended.ends_at, ended.closes_at) == (ended_at, ended_at + AN_HOUR)
    shop.now += A_MINUTE
    assert [(event.name, event.at) for event in inbox.take()] == [
        (ENDED, ended_at),
        (DEPROVISIONED, ended_at + timedelta(seconds=31)),  # `events.delays`
    ]
    shop.now = ended_at + AN_HOUR
    assert meters(shop)
    shop.now += AN_INSTANT
    assert not meters(shop, "storage")


def test_or_the_end_opens_the_hour_and_the_licenses_end_closes_it(shop: Shop) -> None:
    read_as(shop, FinalWindow.AGREEMENT_ENDED)
    inbox, ended_at = Inbox(shop), shop.now
    ended = shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    assert (ended.ends_at, ended.closes_at) == (ended_at, ended_at + AN_HOUR)
    assert ended.deprovisioned_at is None
    assert inbox.names() == [ENDED]
    shop.now += AN_HOUR - AN_INSTANT
    assert inbox.take() == []
    assert meters(shop)
    shop.now += AN_INSTANT
    assert [(event.name, event.at) for event in inbox.take()] == [(DEPROVISIONED, shop.now)]
    assert standing(shop).deprovisioned_at == shop.now
    shop.now += AN_INSTANT
    assert not meters(shop, "storage")


def test_or_the_licenses_end_follows_within_a_minute_and_opens_the_hour(shop: Shop) -> None:
    read_as(shop, FinalWindow.LICENSE_DEPROVISIONED)
    inbox, ended_at = Inbox(shop), shop.now
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    shop.now += A_MINUTE
    ended, deprovisioned = inbox.take()
    assert (ended.name, ended.at) == (ENDED, ended_at)
    assert (deprovisioned.name, deprovisioned.at) == (DEPROVISIONED, ended_at + DEPROVISION_DELAY)
    assert ended_at < deprovisioned.at <= shop.now
    shop.now = deprovisioned.at + AN_HOUR
    assert standing(shop).closes_at == shop.now
    assert meters(shop)
    shop.now += AN_INSTANT
    assert not meters(shop, "storage")


@pytest.mark.parametrize("reading", list(FinalWindow))
def test_an_end_in_the_past_is_as_if_it_had_been_lived_through(
    shop: Shop, reading: FinalWindow
) -> None:
    read_as(shop, reading)
    lived = Shop()
    read_as(lived, reading)
    inbox, lived_inbox = Inbox(shop), Inbox(lived)
    lived.marketplace.desks.agreements.cancel(lived.licensed.agreement_id)
    shop.now = lived.now = shop.now + 5 * AN_HOUR
    ended = shop.marketplace.desks.agreements.end(
        shop.licensed.agreement_id, ends_at=shop.now - 5 * AN_HOUR
    )
    assert ended == standing(lived)
    times = [(event.name, event.at, event.document["time"]) for event in inbox.take()]
    lived_times = [(event.name, event.at, event.document["time"]) for event in lived_inbox.take()]
    assert times == lived_times
    assert [name for name, *_ in times] == [ENDED, DEPROVISIONED]


def test_an_end_in_the_future_comes_when_it_was_announced_for(shop: Shop) -> None:
    inbox, ends_at = Inbox(shop), shop.now + 5 * AN_HOUR
    announced = shop.marketplace.desks.agreements.end(shop.licensed.agreement_id, ends_at=ends_at)
    assert (announced.status, announced.ends_at) == ("ACTIVE", ends_at)
    assert announced.closes_at is None
    assert inbox.take() == []
    with pytest.raises(ControlError, match="already has an end"):
        shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    shop.now = ends_at + AN_HOUR
    assert [event.at for event in inbox.take()] == [ends_at, ends_at + DEPROVISION_DELAY]
    assert standing(shop).status == "CANCELLED"


@pytest.mark.parametrize("way", ["cancel", "terminate", "announce"])
def test_what_has_not_started_can_be_called_off(shop: Shop, way: str) -> None:
    inbox, desks = Inbox(shop), shop.marketplace.desks
    starts_at = shop.now + A_DAY
    signed = desks.agreements.subscribe(NewAgreement("legacy", "777788889999", starts_at))
    match way:
        case "announce":
            announced = desks.agreements.end(signed.agreement_id, ends_at=shop.now + AN_HOUR)
            assert announced.status == "ACTIVE"
            shop.now += AN_HOUR
        case "cancel":
            desks.agreements.cancel(signed.agreement_id)
        case _:
            desks.agreements.terminate(signed.agreement_id)
    ended = desks.agreements.agreement(signed.agreement_id)
    assert ended.status == ("TERMINATED" if way == "terminate" else "CANCELLED")
    assert ended.never_began
    assert ended.ends_at == shop.now
    again = desks.agreements.subscribe(NewAgreement("legacy", "777788889999", starts_at))
    desks.agreements.cancel(again.agreement_id)
    shop.now = starts_at + A_MINUTE
    record = shop.legacy_record(CustomerIdentifier=signed.customer_identifier, Timestamp=starts_at)
    assert statuses(shop.meter_legacy(record)) == ["CustomerNotSubscribed"]
    with pytest.raises(ControlError, match="never began"):
        desks.agreements.deprovision(signed.agreement_id)
    shop.now += A_DAY
    assert inbox.take() == []


def test_an_announced_end_is_overtaken_by_a_termination(shop: Shop) -> None:
    inbox = Inbox(shop)
    shop.marketplace.desks.agreements.end(
        shop.licensed.agreement_id, ends_at=shop.now + 5 * AN_HOUR
    )
    terminated = shop.marketplace.desks.agreements.terminate(shop.licensed.agreement_id)
    assert (terminated.status, terminated.ends_at) == ("TERMINATED", shop.now)
    shop.now += 10 * AN_HOUR
    assert inbox.names() == [ENDED, DEPROVISIONED]


def test_an_agreement_expires_at_its_own_end(shop: Shop) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("licensed", duration_days=1))
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", None, shop.now, offer.offer_id)
    )
    inbox = Inbox(shop)
    shop.now += timedelta(days=30)
    _, ended, deprovisioned = inbox.take()
    assert (ended.at, deprovisioned.at) == (
        agreement.expires_at,
        agreement.starts_at + A_DAY + DEPROVISION_DELAY,
    )
    assert shop.marketplace.desks.agreements.agreement(agreement.agreement_id).status == "EXPIRED"


def test_what_expired_long_ago_has_expired_when_it_is_bought(shop: Shop) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("licensed", duration_days=1))
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", offer_id=offer.offer_id)
    )
    assert agreement.status == "EXPIRED"
    assert agreement.deprovisioned_at == agreement.starts_at + A_DAY + DEPROVISION_DELAY


@pytest.mark.parametrize("hours", [-24 * 8, 24 * 366])
def test_an_end_lies_between_start_and_expiry(shop: Shop, hours: int) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("licensed", duration_days=365))
    agreement = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", offer_id=offer.offer_id)
    )
    ends_at = shop.now + hours * AN_HOUR
    with pytest.raises(ControlError):
        shop.marketplace.desks.agreements.end(agreement.agreement_id, ends_at=ends_at)
    naive = datetime(2026, 11, 22)  # noqa: DTZ001 - a naive time is what is refused here
    with pytest.raises(ControlError, match="offset"):
        shop.marketplace.desks.agreements.end(agreement.agreement_id, ends_at=naive)


def test_a_license_taken_early_leaves_the_hour_as_it_is(shop: Shop) -> None:
    inbox, ended_at = Inbox(shop), shop.now
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    taken = shop.marketplace.desks.agreements.deprovision(shop.licensed.agreement_id)
    assert taken.deprovisioned_at == ended_at
    shop.now += AN_HOUR
    assert meters(shop)
    shop.now += AN_INSTANT
    assert not meters(shop, "storage")
    assert inbox.names() == [ENDED, DEPROVISIONED]


def test_or_a_license_taken_early_closes_the_hour_at_once(shop: Shop) -> None:
    read_as(shop, FinalWindow.AGREEMENT_ENDED)
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    shop.now += A_MINUTE
    inbox = Inbox(shop)
    taken = shop.marketplace.desks.agreements.deprovision(shop.licensed.agreement_id)
    assert taken.deprovisioned_at == shop.now
    assert not meters(shop)
    with pytest.raises(ControlError, match="was deprovisioned"):
        shop.marketplace.desks.agreements.deprovision(shop.licensed.agreement_id)
    shop.now += 3 * AN_HOUR
    assert inbox.names() == [DEPROVISIONED]


def test_or_a_license_taken_early_opens_the_hour(shop: Shop) -> None:
    read_as(shop, FinalWindow.LICENSE_DEPROVISIONED)
    inbox = Inbox(shop)
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    taken = shop.marketplace.desks.agreements.deprovision(shop.licensed.agreement_id)
    assert taken.closes_at == shop.now + AN_HOUR
    shop.now += AN_HOUR
    assert meters(shop)
    assert inbox.names() == [ENDED, DEPROVISIONED]


@pytest.mark.parametrize("reading", list(FinalWindow))
def test_a_legacy_buyers_farewell_comes_when_the_window_closes(
    shop: Shop, reading: FinalWindow
) -> None:
    read_as(shop, reading)
    inbox = Inbox(shop)
    ended = shop.marketplace.desks.agreements.cancel(shop.legacy.agreement_id)
    shop.now += 3 * AN_HOUR
    farewells = [event for event in inbox.take() if event.name == "unsubscribe-success"]
    assert [event.at for event in farewells] == [ended.closes_at]


@pytest.mark.parametrize("reading", list(FinalWindow))
def test_a_license_taken_early_moves_a_legacy_buyers_farewell(
    shop: Shop, reading: FinalWindow
) -> None:
    read_as(shop, reading)
    inbox = Inbox(shop)
    shop.marketplace.desks.agreements.cancel(shop.legacy.agreement_id)
    shop.marketplace.desks.agreements.deprovision(shop.legacy.agreement_id)
    is_closed = reading is FinalWindow.AGREEMENT_ENDED
    assert ("unsubscribe-success" in inbox.names()) is is_closed
    shop.now += 3 * AN_HOUR
    assert inbox.names() == ([] if is_closed else ["unsubscribe-success"])
