"""A run that dies, hangs or loses the table at any call: everything is billed once all the same."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import pytest

from meterhouse.errors import StorageUnavailableError
from tests.fakes.books import check_books, heads_of
from tests.regressions.accidents import KilledError
from tests.thoroughness import chosen
from tests.unit.use_cases.billing.stories import HANG_SECONDS, STORIES, Story
from tests.unit.use_cases.ledgers import Hook

MOMENTS = ("before", "after")
CALLS_MIN = 8


def at_call(number: int, do: Callable[[], object]) -> tuple[Hook, list[str]]:
    """Return a hook that does something at the call of that number, and where it did."""
    calls = count()
    done: list[str] = []

    def hook(name: str) -> None:
        if next(calls) == number:
            done.append(name)
            do()

    return hook, done


def told_at_every_call(
    name: str, moment: str, do: Callable[[Story], object]
) -> Iterator[tuple[Story, str]]:
    """Tell a story again and again, an accident at one call later each time."""
    for number in chosen(count(), one_in=3):
        story = STORIES[name]()
        hook, done = at_call(number, lambda: do(story))  # noqa: B023 - used within this round
        setattr(story.ledger, moment, hook)
        with suppress(KilledError, StorageUnavailableError):
            story.act()
        story.ledger.before = story.ledger.after = lambda _: None
        if not done:
            assert number >= CALLS_MIN, "the story has as many calls"
            return
        yield story, f"{moment} call {number}, {done[0]}"


def assert_everything_is_billed_once(story: Story, where: str) -> None:
    story.run_on()
    assert story.billed() == story.expected, where
    assert story.house.marketplace.desks.bill.double_billed() == (), where
    assert story.house.reconcile().pending == 0, where
    assert not [one.log for one in heads_of(story.house) if one.has_new_usage or one.waiting], where
    check_books(story.house)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", STORIES)
def test_a_run_that_dies_is_mended_by_a_later_one(name: str, moment: str) -> None:
    def die(_: Story) -> None:
        raise KilledError

    for story, where in told_at_every_call(name, moment, die):
        assert_everything_is_billed_once(story, where)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", STORIES)
def test_a_run_that_hangs_longer_than_its_lease_is_overtaken(name: str, moment: str) -> None:
    def hang(story: Story) -> None:
        story.house.clock.pause(HANG_SECONDS)
        story.house.reconcile()

    for story, where in told_at_every_call(name, moment, hang):
        assert_everything_is_billed_once(story, where)


@pytest.mark.parametrize("name", STORIES)
def test_another_run_at_the_same_time_changes_nothing(name: str) -> None:
    for story, where in told_at_every_call(name, "before", lambda story: story.house.reconcile()):
        assert_everything_is_billed_once(story, where)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", STORIES)
def test_a_call_that_fails_or_whose_answer_is_lost_is_made_up_for(name: str, moment: str) -> None:
    def fail(_: Story) -> None:
        raise StorageUnavailableError("no answer")

    for story, where in told_at_every_call(name, moment, fail):
        assert_everything_is_billed_once(story, where)
