"""What a shape of usage costs, counted call by call on an emulated account."""

from dataclasses import dataclass
from decimal import Decimal

import boto3

from bench.capacity import TableSchema, stored_bytes
from bench.deployment import REGION, Account, create_account, table_definition
from bench.playing import Part, Play, playing
from bench.recorder import Recorder
from bench.shapes import Shape
from bench.spending import Costs


@dataclass(frozen=True, slots=True)
class Life:
    """What usage cost from the queue to the sheets of its day, in all.

    Attributes:
        parts: what each part of it cost.
        metering_calls: of BatchMeterUsage.
        stored_bytes: what the table holds afterwards, as it is billed.

    """

    name: str
    events: int
    records: int
    drains: int
    parts: dict[Part, Costs]
    metering_calls: int
    stored_bytes: int

    @property
    def drain(self) -> Costs:
        """What the drains cost, until their messages could be forgotten."""
        return self.parts[Part.DRAIN]

    @property
    def whole(self) -> Costs:
        """Everything together."""
        return sum(self.parts.values(), Costs())

    def per_event(self, units: Decimal) -> Decimal:
        """Return what of some units falls to a thousand events."""
        return units * 1_000 / self.events


class Bench:
    """Measures on new accounts of the emulator."""

    def __init__(self) -> None:
        self._session = boto3.Session(region_name=REGION)
        self._accounts = 0

    def account(self) -> tuple[Account, Recorder]:
        """Return a new account and the recorder that watches its tables."""
        self._accounts += 1
        dynamodb, sqs = self._session.client("dynamodb"), self._session.client("sqs")
        account = create_account(dynamodb, sqs, f"-bench-{self._accounts}")
        recorder = Recorder()
        watch_account(recorder, account)
        return account, recorder

    def life(self, shape: Shape) -> Life:
        """Count what a shape costs, from its first drain to the last sheet."""
        with playing(shape, *self.account()) as play:
            return live(play)


def live(play: Play) -> Life:
    """Drain a shape, let the schedule work until nothing is left, and return what it cost."""
    drains = play.drain_all()
    play.finish()
    return Life(
        name=play.shape.name,
        events=play.shape.events,
        records=len(play.records()),
        drains=drains,
        parts=play.costs,
        metering_calls=len(play.shape.market.marketplace.calls()),
        stored_bytes=sum(map(stored_bytes, play.recorder.items(play.account.usage_table))),
    )


def watch_account(recorder: Recorder, account: Account) -> None:
    """Make the tables of a new account known to the recorder."""
    recorder.add_table(account.usage_table, TableSchema.of(table_definition("UsageTable")))
    recorder.add_table(
        account.subscriptions_table, TableSchema.of(table_definition("SubscriptionsTable"))
    )
