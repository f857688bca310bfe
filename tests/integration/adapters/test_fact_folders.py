"""The contract of facts and states, held by the fake and by the table alike."""

from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.facts import FolderKey, Kind
from meterhouse.domain.subscriptions.own_facts import (
    entitlements_fact,
    metering_answer,
    own_fact,
    registration,
)
from meterhouse.domain.subscriptions.state import Flag, Phase, State
from meterhouse.domain.subscriptions.suspicion import Suspicion
from tests.integration.adapters.shelves import (
    FOLDER,
    KEY,
    LICENSED,
    MINUTE,
    NOW,
    SECOND,
    Shelf,
    register,
)
from tests.unit.domain.builders import (
    ACCOUNT,
    HOUR,
    LICENSE,
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

HELD = Entitlements(
    NOW,
    (
        Entitlement("calls", Decimal("20.50"), NOW + HOUR),
        Entitlement("support", value=False),
        Entitlement("tier", "gold|#\u00df"),
    ),
)


def test_a_fact_is_stored_once_and_read_as_it_was_told(shelf: Shelf) -> None:
    facts = [
        created(0),
        licensed(61),
        ended(70),
        registration(LICENSED, NOW, trial=True),
        own_fact("api", Kind.DESCRIBED, NOW, agreement_id=AGREEMENT, ends_at=NOW, status="ACTIVE"),
        entitlements_fact(LICENSE, HELD),
        entitlements_fact(LICENSE, Entitlements(NOW)),
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
    successor_licenses=(FolderKey("license#l-2"),),
    offer_id="offer-1",
    status="RENEWED",
    starts_at=NOW - HOUR,
    ends_at=NOW,
    ended_at=NOW,
    closes_at=NOW + HOUR,
    stopped_at=NOW,
    trial_until=NOW,
    registered_at=NOW,
    tenant="acme",
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


def test_what_aws_answers_to_metering_is_kept(shelf: Shelf) -> None:
    register(shelf)
    known = shelf.book.find([KEY])[KEY]

    for later, is_raised in enumerate((True, False)):
        heard = Suspicion(known, NOW + later * MINUTE, is_raised=is_raised)
        shelf.keep().note_suspicion(heard)

        assert metering_answer(heard) in shelf.folders.open(FOLDER).folder.facts
        assert shelf.book.find([KEY])[KEY].is_suspected == is_raised


def test_what_a_subscription_holds_is_read_by_those_who_bill(shelf: Shelf) -> None:
    register(shelf)

    shelf.learn(entitlements_fact(LICENSE, HELD))

    assert shelf.book.find([KEY])[KEY].entitlements == HELD
