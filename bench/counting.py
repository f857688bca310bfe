"""What a shape of usage costs, counted call by call on an emulated account."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import boto3

from bench.account import REGION, Account, create_account, schema_of, table_definition
from bench.capacity import stored_bytes
from bench.playing import Play, playing
from bench.recorder import Recorder
from bench.shapes import Shape
from bench.spending import Costs
from bench.steady import DRAINS_OF_AN_HOUR, Steady

# Enough to tell what each further drain costs.
_PLAYED_TWICE = 2


@dataclass(frozen=True, slots=True)
class Life:
    """What usage cost from the queue to the books, in all.

    Attributes:
        drain: until the events are in the journal.
        closing: closing hours, freezing, sending, storing answers.
        accounting: seeing that every unit has its place.
        metering_calls: of BatchMeterUsage.
        stored_bytes: what the table holds afterwards, as it is billed.

    """

    drain: Costs
    closing: Costs
    accounting: Costs
    metering_calls: Decimal
    stored_bytes: Decimal

    @property
    def whole(self) -> Costs:
        """Everything together."""
        return self.drain + self.closing + self.accounting

    def drawn_out(self, earlier: "Life", factor: Decimal) -> "Life":
        """Return the straight line through an earlier point and this one, so much further on."""

        def further(before: Costs, now: Costs) -> Costs:
            return now + (now - before) * factor

        return Life(
            drain=further(earlier.drain, self.drain),
            closing=further(earlier.closing, self.closing),
            accounting=further(earlier.accounting, self.accounting),
            metering_calls=self.metering_calls
            + (self.metering_calls - earlier.metering_calls) * factor,
            stored_bytes=self.stored_bytes + (self.stored_bytes - earlier.stored_bytes) * factor,
        )


def life_of(play: Play, account: Account) -> Life:
    """Return what a play that is over has cost."""
    calls = play.closing.calls["BatchMeterUsage"] + play.accounting.calls["BatchMeterUsage"]
    return Life(
        drain=Costs.of(play.draining),
        closing=Costs.of(play.closing),
        accounting=Costs.of(play.accounting),
        metering_calls=Decimal(calls),
        stored_bytes=Decimal(sum(map(stored_bytes, play.recorder.items(account.usage_table)))),
    )


def count_life(
    shape: Shape,
    account: Account,
    recorder: Recorder,
    then: Callable[[Play], object] = lambda _: None,
) -> Life:
    """Drain a shape, and let the schedule work until its hours are accounted for.

    `then` may look at what that left behind.
    """
    with playing(shape, account, recorder) as play:
        for drain in shape.drains:
            play.drain(drain)
        play.finish()
        play.check()
        life = life_of(play, account)
        then(play)
        return life


class Bench:
    """Measures on new accounts of the emulator."""

    def __init__(self) -> None:
        self._session = boto3.Session(region_name=REGION)
        self._accounts = 0

    def account(self, *, shards: int = 1) -> tuple[Account, Recorder]:
        """Return a new account and the recorder that watches its tables."""
        self._accounts += 1
        reader = self._session.client("dynamodb")
        sqs = self._session.client("sqs")
        account = create_account(reader, sqs, f"-bench-{self._accounts}", shards=shards)
        recorder = Recorder(reader)
        watch_account(recorder, account)
        return account, recorder

    def life(self, shape: Shape, then: Callable[[Play], object] = lambda _: None) -> Life:
        """Count what a shape costs; `then` may look at what it left behind."""
        return count_life(shape, *self.account(), then)

    def hour(self, steady: Steady, *, shards: int = 1) -> Life:
        """Count what a whole hour of steady usage costs.

        If fewer drains are played than an hour has, it is played with half of them, too, and the
        hour lies on the straight line through both.
        """

        def played(drains: int) -> Life:
            return count_life(steady.build(drains), *self.account(shards=shards))

        return draw_out(played, steady.played)


def draw_out(played: Callable[[int], Life], drains: int) -> Life:
    """Return the life of an hour of which so many drains are played."""
    life = played(drains)
    if drains == DRAINS_OF_AN_HOUR:
        return life
    half = drains // _PLAYED_TWICE
    return life.drawn_out(played(half), Decimal(DRAINS_OF_AN_HOUR - drains) / (drains - half))


def watch_account(recorder: Recorder, account: Account) -> None:
    """Make the tables of a new account known to the recorder."""
    recorder.add_table(account.usage_table, schema_of(table_definition("UsageTable")))
    recorder.add_table(
        account.subscriptions_table, schema_of(table_definition("SubscriptionsTable"))
    )
