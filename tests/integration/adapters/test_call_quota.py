"""The contract of CallQuota, and the spacing that all callers of one account share."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pytest

from meterhouse.adapters.usage_table.call_quota import SharedCallQuota
from meterhouse.ports.marketplace import CallQuota
from tests.fakes.world import UnlimitedCallQuota
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import HOUR, NOON_AT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RATE = 10
SPACING = timedelta(seconds=1) / RATE


@pytest.fixture
def quota(any_aws: Aws | None) -> CallQuota:
    if any_aws is None:
        return UnlimitedCallQuota()
    table_name = any_aws.create_table("UsageTable")
    return SharedCallQuota(any_aws.dynamodb, table_name, calls_per_second=RATE)


@pytest.fixture
def new_caller(aws: Aws) -> Callable[[], SharedCallQuota]:
    """Return a maker of callers that share one table, as functions of one deployment do."""
    table_name = aws.create_table("UsageTable")
    return lambda: SharedCallQuota(aws.dynamodb, table_name, calls_per_second=RATE)


@pytest.mark.parametrize("now", [NOON_AT, NOON_AT + timedelta(microseconds=123_456)])
def test_no_place_lies_in_the_past(quota: CallQuota, now: datetime) -> None:
    assert all(quota.reserve(now) >= now for _ in range(3))
    assert quota.reserve(now + HOUR) >= now + HOUR


def test_the_first_place_after_a_pause_is_the_present(
    new_caller: Callable[[], SharedCallQuota],
) -> None:
    caller = new_caller()

    assert caller.reserve(NOON_AT) == NOON_AT
    assert caller.reserve(NOON_AT + HOUR) == NOON_AT + HOUR
    assert caller.reserve(NOON_AT + 9 * HOUR) == NOON_AT + 9 * HOUR


def test_places_of_all_callers_lie_a_tenth_of_a_second_apart(
    new_caller: Callable[[], SharedCallQuota],
) -> None:
    callers = [new_caller() for _ in range(3)]

    places = [callers[n % 3].reserve(NOON_AT) for n in range(30)]

    assert places == [NOON_AT + n * SPACING for n in range(30)]


def test_callers_at_the_same_moment_never_get_the_same_place(
    new_caller: Callable[[], SharedCallQuota],
) -> None:
    callers = [new_caller() for _ in range(8)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        places = sorted(pool.map(lambda n: callers[n % 8].reserve(NOON_AT), range(40)))

    gaps = [later - earlier for earlier, later in pairwise(places)]
    assert min(gaps) >= SPACING
    assert places[0] >= NOON_AT
    assert places[-1] <= NOON_AT + timedelta(seconds=6), "places are not wasted"


def test_any_window_of_a_second_holds_at_most_the_allowed_calls(
    new_caller: Callable[[], SharedCallQuota],
) -> None:
    caller = new_caller()
    places = [caller.reserve(NOON_AT + timedelta(seconds=n * 0.03)) for n in range(60)]

    for start in places:
        window = [place for place in places if start <= place < start + timedelta(seconds=1)]
        assert len(window) <= RATE


class OvertakingClient:
    """Lets somebody else take a place between a caller's two requests, so many times."""

    def __init__(
        self, client: "DynamoDBClient", overtake: Callable[[], object], times: int = 1
    ) -> None:
        self._client = client
        self._overtake = overtake
        self._times = times
        self._updates = 0

    def update_item(self, **request: Any) -> Any:
        answer = (
            self._client.update_item(**request) if "ADD" in request["UpdateExpression"] else None
        )
        if answer is not None:
            self._updates += 1
            if self._updates <= self._times:
                self._overtake()
            return answer
        return self._client.update_item(**request)


def test_two_callers_who_both_find_the_counter_idle_get_two_places(aws: Aws) -> None:
    table_name = aws.create_table("UsageTable")
    other = SharedCallQuota(aws.dynamodb, table_name, calls_per_second=RATE)
    places: list[datetime] = []
    client = OvertakingClient(aws.dynamodb, lambda: places.append(other.reserve(NOON_AT)))
    caller = SharedCallQuota(cast("DynamoDBClient", client), table_name, calls_per_second=RATE)

    places.append(caller.reserve(NOON_AT))

    assert sorted(places) == [NOON_AT, NOON_AT + SPACING]


def test_a_caller_who_is_overtaken_twice_takes_nobodys_place(aws: Aws) -> None:
    table_name = aws.create_table("UsageTable")
    other = SharedCallQuota(aws.dynamodb, table_name, calls_per_second=RATE)
    places: list[datetime] = []

    def overtake() -> None:
        places.extend(other.reserve(NOON_AT) for _ in range(2))

    client = OvertakingClient(aws.dynamodb, overtake)
    caller = SharedCallQuota(cast("DynamoDBClient", client), table_name, calls_per_second=RATE)

    places.append(caller.reserve(NOON_AT))
    places.append(other.reserve(NOON_AT))

    assert sorted(places) == [NOON_AT + n * SPACING for n in range(4)]


def test_a_caller_who_is_overtaken_again_and_again_gets_a_place_of_its_own(aws: Aws) -> None:
    table_name = aws.create_table("UsageTable")
    idle = SharedCallQuota(aws.dynamodb, table_name, calls_per_second=RATE)

    def take_and_stop() -> None:
        """Take a place of the past, as a caller does who is killed before it looks at it."""
        idle._take_next()

    client = OvertakingClient(aws.dynamodb, take_and_stop, times=20)
    caller = SharedCallQuota(cast("DynamoDBClient", client), table_name, calls_per_second=RATE)

    places = [caller.reserve(NOON_AT), idle.reserve(NOON_AT)]

    assert len(set(places)) == 2


def test_a_changed_rate_starts_in_the_present(aws: Aws) -> None:
    table_name = aws.create_table("UsageTable")
    for rate in (100, 10, 1_000, 1):
        caller = SharedCallQuota(aws.dynamodb, table_name, calls_per_second=rate)
        assert caller.reserve(NOON_AT) == NOON_AT
        assert caller.reserve(NOON_AT) == NOON_AT + timedelta(seconds=1) / rate
