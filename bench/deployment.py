"""A deployment to measure: the composition root's own adapters on an emulated account."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import boto3
from botocore.hooks import BaseEventHooks

from bench.account import REGION, Account, environment
from bench.clock import SECONDS_LEFT
from meterhouse.domain.events import QueueMessage
from meterhouse.ports import Clock, Metering, RejectedUsage, Workers
from meterhouse.runtime import wiring
from meterhouse.use_cases import assembly
from meterhouse.use_cases.append_usage import Beliefs


class SilentReport:
    """Implements `meterhouse.ports.Report`; what happened is read from the ledger and the bill."""

    def event(self, name: str, **fields: object) -> None:
        """Log nothing."""

    def count(self, metric: str, amount: float = 1) -> None:
        """Count nothing."""

    def publish(self) -> None:
        """Publish nothing."""


class OneAfterTheOther:
    """Implements `meterhouse.ports.Workers` without threads, so that counts come out the same."""

    def each[Item, Answer](
        self, work: Callable[[Item], Answer], items: Sequence[Item], *, count_max: int
    ) -> list[Answer]:
        """Do the work for every item in order."""
        del count_max
        return [work(item) for item in items]


@dataclass(frozen=True, slots=True)
class Deployment:
    """The two metering functions of one account, as one process has them."""

    ports: assembly.Ports
    rejected: RejectedUsage

    def drain(self, messages: Sequence[QueueMessage]) -> list[str]:
        """Drain one batch; return the messages that SQS must keep."""
        return assembly.drain_usage(self.ports, self.rejected)(messages)

    def reconcile(self) -> None:
        """Do one scheduled run."""
        assembly.reconcile_usage(self.ports)()


@contextmanager
def wired(
    account: Account,
    clock: Clock,
    *,
    metering: Metering | None = None,
    workers: Workers | None = None,
    hook: Callable[[BaseEventHooks], None] = lambda _: None,
) -> Iterator[Deployment]:
    """Wire the functions as the composition root does.

    Clock and report are exchanged, Marketplace and workers if they are given. `hook` may register
    handlers for the events of all clients.
    """
    _forget_adapters()
    boto3.setup_default_session(region_name=REGION)
    session = cast("boto3.Session", boto3.DEFAULT_SESSION)
    hook(session.events)
    try:
        with environment(account.environment):
            drain = wiring.drain_usage(lambda: int(SECONDS_LEFT * 1_000))
            submit = drain.submit
            ports = assembly.Ports(
                ledger=submit.ledger,
                subscriptions=submit.subscriptions,
                queue=drain.queue,
                metering=metering or submit.sender.metering,
                quota=submit.sender.quota,
                workers=workers or submit.workers,
                clock=clock,
                report=SilentReport(),
                policy=submit.policy,
                beliefs=Beliefs(),
                new_token=secrets.token_hex,
            )
            yield Deployment(ports, drain.rejected)
    finally:
        boto3.DEFAULT_SESSION = None
        _forget_adapters()


def _forget_adapters() -> None:
    """Let the composition root make its adapters anew: a process has one deployment elsewhere."""
    for made in vars(wiring).values():
        forget = getattr(made, "cache_clear", None)
        if forget is not None:
            forget()
