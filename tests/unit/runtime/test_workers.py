"""Work on several threads: in order, and not more of it at the same time than may be."""

import time
from threading import Lock

from meterhouse.runtime.workers import ThreadWorkers


def test_no_more_is_done_at_the_same_time_than_may_be() -> None:
    lock = Lock()
    working: set[int] = set()
    most = 0

    def work(item: int) -> int:
        nonlocal most
        with lock:
            working.add(item)
            most = max(most, len(working))
        time.sleep(0.02)
        with lock:
            working.remove(item)
        return -item

    answers = ThreadWorkers().each(work, range(12), count_max=3)

    assert answers == [-item for item in range(12)]
    assert 1 < most <= 3


def test_nothing_to_do_is_done_at_once() -> None:
    assert ThreadWorkers().each(str, [], count_max=3) == []
