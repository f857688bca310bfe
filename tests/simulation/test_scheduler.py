"""The scheduler on which all histories rest."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.simulation.scheduler import CrashError, Process, Scheduler

START_AT = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler(START_AT)


def test_whoever_wakes_first_goes_on(scheduler: Scheduler) -> None:
    heard: list[str] = []

    def actor(name: str, *pauses_ms: int) -> None:
        for pause_ms in pauses_ms:
            scheduler.sleep(pause_ms)
            heard.append(f"{name} at {scheduler.now_ms}")

    scheduler.spawn("a", lambda: actor("a", 30, 30))
    scheduler.spawn("b", lambda: actor("b", 40, 5), after_ms=5)
    scheduler.run()

    assert heard == ["a at 30", "b at 45", "b at 50", "a at 60"]
    assert scheduler.now() == START_AT + timedelta(milliseconds=60)


def test_who_wakes_at_the_same_time_goes_in_the_order_of_falling_asleep(
    scheduler: Scheduler,
) -> None:
    heard: list[str] = []

    def actor(name: str) -> None:
        scheduler.sleep(10)
        heard.append(name)

    scheduler.spawn("a", lambda: actor("a"))
    scheduler.spawn("b", lambda: actor("b"))
    scheduler.run()

    assert heard == ["a", "b"]


def test_a_process_ends_at_its_timeout_even_in_the_middle_of_a_call(scheduler: Scheduler) -> None:
    died_at_ms: list[int] = []

    def invocation() -> None:
        scheduler.task.process = Process("drain", ends_at_ms=100)
        scheduler.sleep(60)
        with pytest.raises(CrashError):
            scheduler.sleep(60)
        died_at_ms.append(scheduler.now_ms)

    scheduler.spawn("drain", invocation)
    scheduler.run()

    assert died_at_ms == [100]


def test_the_branches_of_a_process_interleave_and_die_together(scheduler: Scheduler) -> None:
    heard: list[str] = []

    def branch(name: str, pause_ms: int, *, crashes: bool) -> None:
        scheduler.sleep(pause_ms)
        heard.append(name)
        if crashes:
            raise CrashError
        scheduler.sleep(pause_ms)
        heard.append(f"{name} again")

    def invocation() -> None:
        scheduler.task.process = Process("drain", ends_at_ms=1_000)
        works = [
            lambda: branch("quick", 10, crashes=False),
            lambda: branch("crashing", 50, crashes=True),
            lambda: branch("slow", 40, crashes=False),
        ]
        with pytest.raises(CrashError):
            scheduler.run_branches(works)
        heard.append("over")

    scheduler.spawn("drain", invocation)
    scheduler.run()

    assert heard == ["quick", "quick again", "slow", "crashing", "over"]
