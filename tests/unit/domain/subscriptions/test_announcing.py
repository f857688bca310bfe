"""What is told of a change: what happened, all that is known then, and nothing twice."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from itertools import chain, islice, permutations, product

import pytest

from meterhouse.domain.subscriptions.announcing import Change, News, content, news_of
from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.state import Flag, State
from tests.fakes.world import InMemorySubscriptionBook
from tests.unit.domain.subscriptions.announced import (
    ACTIVE,
    CHANGES,
    ENDED,
    ENDING,
    FAILED,
    FOREIGN,
    MINE,
    NAMED,
    SUSPENDED,
    UNREGISTERED,
    WAITING,
    as_told,
    change,
)
from tests.unit.domain.subscriptions.aws_tells import licensed, when
from tests.unit.domain.subscriptions.lives import LIVES, Life
from tests.unit.domain.subscriptions.lives_of_contracts import CONTRACTS
from tests.unit.domain.subscriptions.test_lives import play_into

AGREEMENT_OF_IT = replace(ACTIVE, folder=FolderKey(f"agreement#{ACTIVE.agreement_id}"))
STATES = (None, *(after for _, after in CHANGES.values()), WAITING, AGREEMENT_OF_IT)

# All orders of the facts take long, and a prime meets each beginning.
ORDERS_STEP = 17

ALL_LIVES = LIVES | CONTRACTS
lives = pytest.mark.parametrize("life", ALL_LIVES.values(), ids=ALL_LIVES)


def heard(life: Life, facts: Sequence[Fact]) -> tuple[InMemorySubscriptionBook, list[Change]]:
    book = InMemorySubscriptionBook()
    play_into(book, life, facts)
    return book, book.changes


def all_of(book: InMemorySubscriptionBook) -> dict[str, object]:
    """Return all that can be told of everybody who is in a book."""
    said = {key: content(state) for key, (_, state) in book.states.items()}
    return {key: as_told(one) for key, one in said.items() if one is not None}


def test_each_kind_of_news_happens() -> None:
    assert {*CHANGES} == {*News}


@pytest.mark.parametrize("news", sorted(set(News) - {News.CURRENT}))
def test_what_happened_between_two_states_is_said_in_one_word(news: News) -> None:
    assert news_of(*CHANGES[news]) == (news,)


def test_what_did_not_change_is_told_to_those_who_ask_and_to_nobody_else() -> None:
    asked = change(ACTIVE, ACTIVE)

    assert [one.news for one in asked.announcements] == [News.CURRENT]
    assert replace(asked, is_asked_for=False).announcements == ()
    # What happened is told by itself.
    ended = replace(change(ACTIVE, ENDING), is_asked_for=True)
    assert [one.news for one in ended.announcements] == [News.ENDING]


def test_nobody_is_told_of_what_is_told_of_under_another_name_though_somebody_asks() -> None:
    assert change(NAMED, NAMED).announcements == ()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, ACTIVE, ["registered", "activated"]),
        (None, replace(SUSPENDED, registered_at=None), ["activated", "flagged"]),
        (None, WAITING, ["registered"]),
        (None, FAILED, ["registered", "flagged"]),
        (ACTIVE, FAILED, ["pending", "flagged"]),
        (FAILED, ACTIVE, ["activated", "unflagged"]),
        (ACTIVE, ENDED, ["ended"]),
        (ENDED, ACTIVE, ["activated"]),
        (FOREIGN, ACTIVE, ["registered", "activated"]),
        (SUSPENDED, replace(ACTIVE, flags=(Flag.ADVISORY,)), ["flagged", "unflagged"]),
        (UNREGISTERED, ENDING, ["registered", "ending"]),
    ],
    ids=[
        "who comes after AWS told is told of as registered before he is told of as active",
        "who is suspended from the beginning is active and flagged",
        "who waits for AWS's word is only registered",
        "who cannot pay from the beginning is not pending, but flagged",
        "who cannot pay any more is pending and flagged",
        "who pays again is active and not flagged",
        "who is found to have ended is not ending",
        "who comes back is active",
        "of whom nothing was told all is new",
        "one flag may go while another comes",
        "who registers at the end is registered",
    ],
)
def test_several_things_may_happen_at_once(
    before: State | None, after: State, told: list[str]
) -> None:
    assert [*news_of(before, after)] == told


def test_something_is_told_exactly_if_what_is_told_is_another() -> None:
    for before, after in product(STATES, STATES[1:]):
        assert after is not None
        assert bool(news_of(before, after)) is (content(before) != content(after))


def test_what_only_meterhouse_needs_is_no_news() -> None:
    noted = replace(ACTIVE, facts=9, phase_at=when(9_000), described_at=when(9_000))

    assert news_of(ACTIVE, noted) == ()


@pytest.mark.parametrize(
    "state",
    [AGREEMENT_OF_IT, NAMED, FOREIGN],
    ids=["an agreement beside its license", "another name of a subscription", "nobody's"],
)
def test_of_this_nothing_is_told(state: State) -> None:
    assert news_of(None, state) == ()
    assert news_of(state, replace(state, ends_at=when(9_000))) == ()


def test_which_flags_came_and_went_is_said() -> None:
    flagged, unflagged = change(
        SUSPENDED, replace(ACTIVE, flags=(Flag.ADVISORY, Flag.OTHER_LICENSE))
    ).announcements

    assert flagged.detail["raised"] == ["advisory", "other_license"]
    assert unflagged.detail["lowered"] == ["suspended"]


def test_under_which_name_it_goes_on_is_said() -> None:
    (renamed,) = change(WAITING, NAMED).announcements

    assert renamed.subscription == WAITING.folder
    assert renamed.detail["renamed_to"] == MINE


def test_a_repetition_has_the_same_id_and_everything_else_another() -> None:
    several = [
        *change(None, ACTIVE, 1).announcements,
        *change(None, UNREGISTERED, 1).announcements,
        *change(UNREGISTERED, ACTIVE, 2).announcements,
        *change(ACTIVE, ENDING, 3).announcements,
        *change(ACTIVE, ENDING, 4).announcements,
        *change(None, WAITING, 1).announcements,
        *change(ACTIVE, SUSPENDED, 4).announcements,
    ]
    again = [replace(one.change, record_id="900").announcements for one in several]

    assert len({one.id for one in several}) == len(several)
    for one, repeated in zip(several, again, strict=True):
        assert one.id in {other.id for other in repeated}


def test_when_it_is_read_again_does_not_change_an_id() -> None:
    (once,) = change(ACTIVE, ENDING).announcements
    (again,) = replace(once.change, changed_at=once.change.changed_at + timedelta(1)).announcements

    assert once.id == again.id


def test_a_table_that_was_restored_repeats_numbers_and_no_ids() -> None:
    """Its versions begin again at those of the moment that it was restored to."""
    (lost,) = change(ACTIVE, ENDING, 3).announcements
    (other,) = change(ACTIVE, SUSPENDED, 3).announcements

    assert lost.change.sequence == other.change.sequence
    assert lost.id != other.id


@lives
def test_who_heard_everything_knows_what_the_table_knows(life: Life) -> None:
    for facts in islice(permutations(life.facts), 0, None, ORDERS_STEP):
        book, changes = heard(life, facts)
        known: dict[str, object] = {}
        for one in chain.from_iterable(one.announcements for one in changes):
            if one.news in {News.RENAMED, News.WITHDRAWN}:
                del known[one.subscription]
            else:
                known[one.subscription] = as_told(one.detail["subscription"])

        assert known == all_of(book)


@lives
def test_who_keeps_the_highest_number_knows_it_however_late_and_often_it_comes(life: Life) -> None:
    """As docs/integrate.md advises: EventBridge and queues keep no order."""
    book, changes = heard(life, life.facts)
    told = [one.detail for change_ in changes for one in change_.announcements]

    for came in (told, [*told, *told], [*reversed(told)], [*reversed(told), *told]):
        rows: dict[object, tuple[int, object, object]] = {}
        for detail in came:
            subscription, sequence = detail["subscription"], detail["sequence"]
            assert isinstance(subscription, dict)
            assert isinstance(sequence, int)
            row = rows.get(subscription["key"])
            if row is None or sequence >= row[0]:
                rows[subscription["key"]] = sequence, subscription, detail.get("renamed_to")
        living = {key: said for key, (_, said, goes_on_as) in rows.items() if goes_on_as is None}
        known = {key: as_told(said) for key, said in living.items()}
        assert known == all_of(book)
        assert {goes_on_as for _, _, goes_on_as in rows.values() if goes_on_as} <= {*known}


@lives
def test_numbers_grow_with_each_change_of_a_subscription(life: Life) -> None:
    _, changes = heard(life, life.facts)
    sequences: dict[str, int] = {}

    for one in changes:
        assert one.sequence > sequences.get(one.after.folder, 0)
        sequences[one.after.folder] = one.sequence


@lives
def test_nobody_is_told_of_under_two_names_in_the_end(life: Life) -> None:
    book, _ = heard(life, life.facts)
    told = [state for _, state in book.states.values() if content(state) is not None]

    identities = [state.identity for state in told if state.identity is not None]
    assert len({*identities}) == len(identities)


def test_a_legacy_customer_is_told_of_once_though_usage_may_name_him_by_account() -> None:
    names = {
        name: [*{one.after.folder for one in heard(life, life.facts)[1]}]
        for name, life in LIVES.items()
        if any(key.startswith("customer#") for key in life.expected)
    }

    assert names
    for told in names.values():
        assert [key for key in told if key.startswith("account#")] == []


def test_nothing_is_told_but_what_stands_in_a_state() -> None:
    said = {name for state in STATES if (of_it := content(state)) for name in of_it}

    assert said - {"key", "license_arn", "customer_identifier"} <= {
        field.name for field in fields(State)
    }
    assert json.dumps([one.detail for c in CHANGES.values() for one in change(*c).announcements])


def test_a_state_that_says_the_same_is_no_news() -> None:
    """AWS updates a license now and then: another fact, and nothing that is told changes."""
    life = LIVES["an early event waits for the registration"]
    book, changes = heard(life, life.facts)
    versions, told = {key: version for key, (version, _) in book.states.items()}, len(changes)

    play_into(book, life, [licensed(900)])

    assert book.states[MINE][0] > versions[MINE]
    assert len(book.changes) == told
