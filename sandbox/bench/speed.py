"""How many full calls a second the sandbox answers, and what each billed record costs in memory.

Calls over HTTP come from a process of their own, so that boto3's work is not done by the sandbox.
"""

import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any

import boto3
from botocore.config import Config

from bench.usage import RECORDS_PER_CALL, Records, fresh_calls, open_marketplace
from marketplace_sandbox.core.model.calls import CALLS_KEPT_MAX
from marketplace_sandbox.in_process import InProcessMarketplace
from marketplace_sandbox.server import serve_beside

# Below, the sandbox's lists of calls still grow, and would be counted as memory of the bill.
MEMORY_FROM_RECORDS = CALLS_KEPT_MAX * RECORDS_PER_CALL
LEVELS = (0, 100_000, MEMORY_FROM_RECORDS, 1_000_000)
CALLS_TIMED = 400
_WARMING_CALLS = 20
_PERCENTILES = 100
_KIBIBYTE = 1 if sys.platform == "darwin" else 1024  # what getrusage counts in


@dataclass(frozen=True, slots=True)
class CallTime:
    """What one call took, on the clock and of the processor."""

    ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What calls took, one after another.

    Attributes:
        cpu_ms: the median of the caller's processor time, which no neighbour on the machine adds
            to; over HTTP it is boto3's alone.

    """

    calls_per_second: float
    median_ms: float
    p99_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Level:
    """How fast calls are answered when so many records are billed already.

    Attributes:
        times_empty: how much more processor time a call in process takes than one to a sandbox
            that had billed nothing before; both are called in turn, so that a busy machine slows
            both alike.

    """

    billed_records: int
    in_process: Pace
    over_http: Pace
    times_empty: float


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured.

    Attributes:
        bytes_per_record: of memory; None if too few were billed to tell.

    """

    levels: tuple[Level, ...]
    bytes_per_record: float | None


def measure(
    levels: Sequence[int] = LEVELS,
    *,
    calls_timed: int = CALLS_TIMED,
    report: Callable[[str], object] = str,
) -> Speed:
    """Fill one marketplace from level to level and time calls at each; `report` is told of it."""
    marketplace = open_marketplace()
    calls = fresh_calls(marketplace)
    found: list[Level] = []
    used: list[tuple[int, int]] = []
    warm = open_marketplace()
    _time(warm, _take(fresh_calls(warm), _WARMING_CALLS))
    with serve_beside(marketplace) as url, _client_process() as clients:
        for level in levels:
            _fill(marketplace, calls, level, report)
            used.append((len(marketplace.bill()), _memory_bytes()))
            report(f"{level:,} billed: timing")
            in_process, empty = _time_beside_an_empty_one(marketplace, _take(calls, calls_timed))
            over_http = clients.submit(time_over_http, url, _take(calls, calls_timed)).result()
            times_empty = in_process.cpu_ms / empty.cpu_ms
            found.append(Level(level, in_process, over_http, times_empty))
    return Speed(tuple(found), _bytes_per_record(used))


def time_over_http(url: str, calls: list[Records]) -> Pace:
    """Time calls of boto3, one after another on one connection; runs in a process of its own."""
    client = boto3.client(
        "meteringmarketplace",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="anything",
        aws_secret_access_key="goes",  # noqa: S106 - the sandbox takes any
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    try:
        client.batch_meter_usage(UsageRecords=[])  # opens the connection
        return _time(client, calls)
    finally:
        client.close()


def _client_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))


def _fill(
    marketplace: InProcessMarketplace,
    calls: Iterator[Records],
    level: int,
    report: Callable[[str], object],
) -> None:
    missing = level - len(marketplace.bill())
    if missing <= 0:
        return
    report(f"{level:,} billed: filling")
    for records in islice(calls, -(-missing // RECORDS_PER_CALL)):
        _check(marketplace.batch_meter_usage(UsageRecords=records))


def _take(calls: Iterator[Records], count: int) -> list[Records]:
    return list(islice(calls, count))


def _time_beside_an_empty_one(
    marketplace: InProcessMarketplace, calls: Sequence[Records]
) -> tuple[Pace, Pace]:
    empty = open_marketplace()
    pairs = [
        (_time_call(marketplace, records), _time_call(empty, others))
        for records, others in zip(calls, fresh_calls(empty), strict=False)
    ]
    filled_times, empty_times = zip(*pairs, strict=True)
    return _summarize(filled_times), _summarize(empty_times)


def _time(client: Any, calls: Sequence[Records]) -> Pace:  # noqa: ANN401 - boto3's client or ours
    return _summarize([_time_call(client, records) for records in calls])


def _time_call(client: Any, records: Records) -> CallTime:  # noqa: ANN401 - as above
    began_seconds, cpu_began_seconds = time.perf_counter(), time.thread_time()
    answer = client.batch_meter_usage(UsageRecords=records)
    cpu_seconds = time.thread_time() - cpu_began_seconds
    seconds = time.perf_counter() - began_seconds
    _check(answer)
    return CallTime(seconds * 1000, cpu_seconds * 1000)


def _summarize(times: Sequence[CallTime]) -> Pace:
    times_ms = [one.ms for one in times]
    return Pace(
        calls_per_second=len(times_ms) * 1000 / sum(times_ms),
        median_ms=statistics.median(times_ms),
        p99_ms=statistics.quantiles(times_ms, n=_PERCENTILES)[-1],
        cpu_ms=statistics.median(one.cpu_ms for one in times),
    )


def _check(answer: Any) -> None:  # noqa: ANN401 - what boto3 answers
    statuses = {result["Status"] for result in answer["Results"]}
    if statuses != {"Success"}:
        raise RuntimeError(f"the bench sends fresh records only, but got {statuses}")


def _memory_bytes() -> int:
    """Return the most memory that this process has had; call it where it has only ever grown."""
    gc.collect()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE


def _bytes_per_record(used: Sequence[tuple[int, int]]) -> float | None:
    counted = [(records, size) for records, size in used if records >= MEMORY_FROM_RECORDS]
    if len(counted) < 2:  # noqa: PLR2004 - a difference needs two
        return None
    (first_records, first_bytes), *_, (last_records, last_bytes) = counted
    return (last_bytes - first_bytes) / (last_records - first_records)
