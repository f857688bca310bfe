"""How a sweep is cut into runs: by time, by faults, by AWS's quotas; nobody is lost on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhouse.domain.subscriptions.sweeping import AgreementPage
from meterhouse.errors import MarketplaceRefusedError
from meterhouse.use_cases.subscriptions.sweep_agreements import SECONDS_KEPT
from tests.unit.domain.subscriptions.aws_tells import when
from tests.unit.use_cases.subscriptions.sweeping import (
    ENTITLEMENTS,
    SEARCH,
    Between,
    Pages,
    Refusing,
    SweptHouse,
    busiest_second,
    license_of,
)

YEAR = 365


@pytest.fixture
def house() -> SweptHouse:
    return SweptHouse()


def test_what_a_search_shows_late_is_found_within_the_overlap(house: SweptHouse) -> None:
    [late] = house.sell()
    house.clock.pause(10 * 60 - 1)
    house.sell()
    house.agreements = between = Between(house.agreements, {late.agreement_id})
    house.sweep()
    assert not house.knows(late)
    between.withheld.clear()

    house.sweep()

    assert house.knows(late)


def test_a_run_that_has_no_time_left_says_so_and_the_next_one_goes_on(house: SweptHouse) -> None:
    sold = house.sell(180)
    answers = [house.sweep(seconds_left=SECONDS_KEPT + 20)]
    while answers[-1].left is not None:
        assert answers[-1].left == "no time"
        answers.append(house.sweep(seconds_left=SECONDS_KEPT + 20))

    # Fifty agreements take thirteen seconds, and a page that was not finished is read again.
    assert len(answers) == 3
    assert len(house.calls(SEARCH)) == 4 + 2
    assert all(map(house.knows, sold))
    assert sum(answer.learned for answer in answers) == 180
    assert [answer.out_of_sight for answer in answers] == [None] * 2 + [0]
    assert house.report.metrics["SweepsFinished"] == 1


def test_a_run_keeps_time_for_what_it_has_begun(house: SweptHouse) -> None:
    house.sell(60)

    house.sweep(seconds_left=SECONDS_KEPT + 5)

    assert house.clock.seconds_left() >= SECONDS_KEPT - 1


@pytest.mark.parametrize("page", range(1, 4))
def test_a_run_that_is_cut_off_after_any_page_is_gone_on_with(house: SweptHouse, page: int) -> None:
    sold = house.sell(150)
    house.agreements = between = Between(house.agreements)

    def cut(shown: AgreementPage) -> AgreementPage:
        if len(house.calls(SEARCH)) == page:
            between.on_page = lambda page: page
            raise KeyboardInterrupt
        return shown

    between.on_page = cut
    with pytest.raises(KeyboardInterrupt):
        house.sweep()
    assert sum(map(house.knows, sold)) == (page - 1) * 50

    assert house.sweep().left is None

    assert all(map(house.knows, sold))
    assert len(house.calls(SEARCH)) == 3 + 1
    assert len(house.calls(ENTITLEMENTS)) == 150


def test_calls_take_half_of_awss_quotas_at_most(house: SweptHouse) -> None:
    for _ in range(6):
        old = house.accept(duration_days=YEAR, is_renewing=True)
        new = house.aws.desks.agreements.renew(old.agreement_id)
        # Of what is over nothing but its predecessor is asked for: one search after the other.
        house.aws.desks.agreements.cancel(new.agreement_id)
    house.sell(60)

    assert house.sweep().left is None

    assert busiest_second(house.calls(SEARCH)) <= 5 / 2
    assert busiest_second(house.calls(ENTITLEMENTS)) <= 10 / 2
    assert {one.outcome for one in house.aws.calls()} == {"Success"}


@pytest.mark.parametrize("operation", [SEARCH, ENTITLEMENTS])
@pytest.mark.parametrize(
    ("fault", "left"),
    [("throttle", "AWS throttles"), ("internal_error_before", "no answer: ")],
)
def test_what_passes_by_itself_ends_the_run_and_the_next_one_goes_on(
    house: SweptHouse, operation: str, fault: str, left: str
) -> None:
    sold = house.sell(60)
    house.aws.inject_fault(fault, operation=operation)

    answer = house.sweep()

    assert (answer.left or "").startswith(left)
    assert house.logged("agreements_swept")[0]["left"] == answer.left
    assert house.report.metrics["SweepsFinished"] == 0
    assert house.sweep().left is None
    assert all(map(house.knows, sold))
    assert house.report.metrics["SweepsFinished"] == 1


def test_an_end_is_billed_even_if_the_run_stops_within_its_page(house: SweptHouse) -> None:
    [agreement, _] = house.sell(2)
    house.aws.desks.agreements.cancel(agreement.agreement_id)
    house.aws.inject_fault("throttle", operation=ENTITLEMENTS, count=9)
    house.agreements = Between(
        house.agreements,
        on_page=lambda page: AgreementPage(
            tuple(sorted(page.agreements, key=lambda one: one.is_active)), page.token
        ),
    )

    assert house.sweep().left == "AWS throttles"

    assert house.runs == [[license_of(agreement)]]


def test_without_permission_the_run_fails_and_says_which(house: SweptHouse) -> None:
    house.sell()
    house.agreements = Refusing(house.agreements)

    with pytest.raises(MarketplaceRefusedError):
        house.sweep()

    [told] = house.logged("sweep_refused")
    assert told["error"] == "GetAgreementEntitlements: AccessDeniedException"
    assert house.report.metrics["SweepsFinished"] == 0


def test_equal_times_on_the_border_of_pages_lose_nobody(house: SweptHouse) -> None:
    same = house.sell(101)
    house.sweep(seconds_left=SECONDS_KEPT + 20)
    house.agreements = Between(house.agreements, gone=True)

    assert house.sweep().left is None

    assert all(map(house.knows, same))
    assert len(house.logged("sweep_page_gone")) == 1


def test_a_page_that_aws_no_longer_knows_is_searched_for_by_its_time(house: SweptHouse) -> None:
    for _ in range(3):
        house.sell(50)
        house.wait(days=1)
    house.sweep(seconds_left=SECONDS_KEPT + 30)
    asked = len(house.calls(ENTITLEMENTS))
    house.agreements = Between(house.agreements, gone=True)

    answer = house.sweep()

    assert (answer.left, answer.out_of_sight) == (None, 0)
    assert len(house.states()) == 2 * 150
    assert len(house.calls(ENTITLEMENTS)) < asked + 150


def test_pages_in_disorder_lose_nobody_and_never_turn_the_cursor_back(house: SweptHouse) -> None:
    sold = house.sell(3)
    found = house.agreements.updated(None, None).agreements
    day = timedelta(days=1)
    times = [when(0) + day * 9, when(0) + day * 3, when(0) + day]
    disordered = [replace(one, updated_at=at) for one, at in zip(found, times, strict=True)]
    house.agreements = pages = Pages([[one] for one in disordered])

    answer = house.sweep()

    assert all(map(house.knows, sold))
    assert answer.updated_until == times[0]
    assert house.book.sweep.reached_at == times[0]
    assert house.sweep().swept == 1
    assert pages.asked == [0, 1, 2] * 2


def test_from_the_beginning_forgets_how_far_it_came(house: SweptHouse) -> None:
    house.sell()
    house.wait(days=1)
    house.sell()
    house.sweep()
    house.wait(days=1)
    house.book.facts.clear()
    house.book.reads.clear()
    house.book.states.clear()

    assert house.sweep().swept == 1
    assert house.sweep(from_beginning=True).swept == 2


def test_of_two_runs_at_once_one_goes_on(house: SweptHouse) -> None:
    house.sell(120)
    house.agreements = between = Between(house.agreements)
    inner = []

    def meanwhile(page: AgreementPage) -> AgreementPage:
        between.on_page = lambda page: page
        inner.append(house.sweep(from_beginning=True, begins=0))
        return page

    between.on_page = meanwhile
    outer = house.sweep()

    assert outer.left == "another run sweeps"
    assert inner[0].left is None
    assert house.book.sweep.is_running is False
    assert house.sweep().left is None
