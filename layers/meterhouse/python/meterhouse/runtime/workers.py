"""Threads for work that mostly waits: for AWS Marketplace, for the table, for a place to call."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


class ThreadWorkers:
    """Implements `ports.process.Workers`."""

    def each[Item, Answer](
        self, work: Callable[[Item], Answer], items: Sequence[Item], *, count_max: int
    ) -> list[Answer]:
        """Do the work for every item, at most `count_max` at a time; see the port.

        Whatever one item raises is raised here once all have ended.
        """
        with ThreadPoolExecutor(max_workers=max(1, min(count_max, len(items)))) as pool:
            return list(pool.map(work, items))
