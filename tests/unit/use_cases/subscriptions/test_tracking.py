"""What AWS tells of agreements is learned; what is none of AWS's is kept for a person."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.errors import StorageUnavailableError
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.track_agreements import TrackAgreements
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.unit.domain.builders import PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
    LICENSE,
    OTHER_LICENSE,
    event,
    notification,
    when,
)

MINE = FolderKey(license_key(LICENSE))
UPDATED = json.dumps(event("License Updated - Manufacturer", 61, license_arn=LICENSE))
ENDED = json.dumps(event("Purchase Agreement Ended - Proposer", 7_000, status="CANCELLED"))


@dataclass
class House:
    """Everything that `track_agreements` works with."""

    book: InMemorySubscriptionBook = field(default_factory=InMemorySubscriptionBook)
    report: InMemoryReport = field(default_factory=InMemoryReport)
    products: Products = field(default_factory=Products)
    runs: list[Sequence[SubscriptionKey]] = field(default_factory=list)
    is_lambda_down: bool = False

    def track(self, *bodies: str) -> list[str]:
        clock = VirtualClock(when(7_100))
        keep = KeepSubscriptions(self.book, self.products, clock, self.report)
        track = TrackAgreements(keep, self._start_run, self.report)
        return track({str(number): body for number, body in enumerate(bodies)})

    def _start_run(self, ending: Sequence[SubscriptionKey]) -> None:
        if self.is_lambda_down:
            raise StorageUnavailableError("simulated")
        self.runs.append(ending)

    def phase(self, folder: FolderKey) -> Phase | None:
        state = self.book.states.get(folder)
        return None if state is None else state[1].phase

    def logged(self, name: str) -> int:
        return sum(1 for one, _ in self.report.events if one == name)


def test_an_end_starts_a_run_at_once_and_anything_else_does_not() -> None:
    house = House()

    assert house.track(UPDATED) == []
    assert house.phase(MINE) is Phase.ACTIVE
    assert house.runs == []

    assert house.track(ENDED) == []
    assert house.phase(MINE) is Phase.ENDING
    assert [[*run] for run in house.runs] == [[license_key(LICENSE)]]


def test_a_thousand_ends_in_one_batch_start_one_run() -> None:
    house = House()
    for number in range(100):
        name = {"id": f"agmt-{number}", "license_arn": f"{LICENSE[:-3]}{number:03}"}
        house.track(json.dumps(event("License Updated - Manufacturer", 61, **name)))

    ends = [
        json.dumps(event("Purchase Agreement Ended - Proposer", 7_000, id=f"agmt-{number}"))
        for number in range(100)
    ]
    assert house.track(*ends) == []

    (run,) = house.runs
    assert len(run) == 100


def test_a_run_that_could_not_be_started_is_left_to_the_schedule() -> None:
    house = House(is_lambda_down=True)

    assert house.track(UPDATED, ENDED) == []

    assert house.phase(MINE) is Phase.ENDING
    assert house.logged("run_not_started") == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        ENDED[:-30],
        ENDED.replace("aws.agreement-marketplace", "com.example"),
        ENDED.replace(AGREEMENT, "agmt 1"),
        json.dumps(notification("unsubscribe-pending", 0)),
    ],
    ids=["empty", "truncated", "forged", "wrong id", "foreign topic"],
)
def test_what_is_none_of_awss_is_kept_counted_and_changes_nothing(body: str) -> None:
    house = House()
    house.track(UPDATED)
    before = dict(house.book.states)

    assert house.track(body, UPDATED) == ["0"]

    assert house.book.states == before
    assert house.report.metrics["AgreementEventsRefused"] == 1
    assert house.logged("agreement_event_refused") == 1


def test_an_event_that_nobody_knows_is_counted_once_and_shown() -> None:
    house = House()
    house.track(UPDATED)
    unknown = json.dumps(event("Purchase Agreement Paused - Proposer", 100))

    assert house.track(unknown, unknown) == []

    assert house.report.metrics["AgreementEventsUnknown"] == 1
    assert house.book.states[MINE][1].flags == ("not_understood",)
    assert house.phase(MINE) is Phase.ACTIVE


def test_a_product_that_is_not_ours_is_nobodys_subscription() -> None:
    house = House(products=Products(ours=frozenset({"another"})))

    assert house.track(UPDATED, ENDED) == []

    assert house.phase(MINE) is None
    assert house.runs == []
    assert house.book.subscriptions == {}
    # It is kept, and is no agreement that waits for its license.
    assert FolderKey(f"agreement#{AGREEMENT}") in house.book.facts
    assert house.book.listed == set()


def test_an_agreement_that_changes_its_license_has_two() -> None:
    house = House()
    other = json.dumps(event("License Updated - Manufacturer", 500, license_arn=OTHER_LICENSE))

    assert house.track(UPDATED, other, ENDED) == []

    assert {key: house.phase(FolderKey(key)) for key in house.book.subscriptions} == {
        MINE: Phase.ENDING,
        license_key(OTHER_LICENSE): Phase.ENDING,
    }


def test_a_legacy_customer_who_leaves_starts_a_run_for_both_names() -> None:
    house = House(products=Products(legacy=frozenset({PRODUCT_CODE})))

    house.track(json.dumps(notification("unsubscribe-pending", 7_000)))

    ((only,),) = house.runs
    assert only.startswith("customer#")


class BrokenBook(InMemorySubscriptionBook):
    """A table that takes nothing."""

    def add(self, folder: FolderKey, fact: Fact) -> bool:
        del folder, fact
        raise StorageUnavailableError("simulated")


def test_what_could_not_be_stored_comes_again() -> None:
    house = House(book=BrokenBook())

    assert house.track(UPDATED) == ["0"]

    assert house.report.metrics.get("AgreementEventsRefused") is None
    assert house.logged("agreement_event_put_off") == 1
