"""`spikes`: what waits for a person, beside what it is unusual, and what a person says of it."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from botocore.stub import Stubber

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DAY, DaySheet, SheetLine, day_of
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.operator_commands import read_commands
from meterhouse.domain.records.spikes import RELEASE_LEAD, SpikeHold
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import JournalCorruptError
from operations import options
from operations.spikes import HeldSpike, read_spikes
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import NOON, Meterhouse
from tests.unit.operations.functions import run, will_answer

RECORD = "license#l-0a1b|api_calls|2026-11-22T18"
OTHER = "license#l-0a1b|gb|2026-11-22T18"


@pytest.fixture(autouse=True)
def _caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(options._TOLD, "caller", lambda *_: "arn")


class Shelf(InMemoryLedger):
    """A ledger whose sheets may be damaged."""

    is_damaged = False

    def sheets(
        self, subscription: SubscriptionKey, first_at: datetime, last_at: datetime
    ) -> list[DaySheet]:
        if self.is_damaged:
            raise JournalCorruptError("a sheet cannot be read")
        return super().sheets(subscription, first_at, last_at)


def house_with_spike() -> tuple[Meterhouse, Shelf, str]:
    ledger = Shelf()
    house = Meterhouse(ledger)
    house.policy = replace(house.policy, spikes=SpikeHold(Decimal(10), Decimal(1)))
    buyer, other = house.buyer(), house.buyer()
    for days_ago in (2, 3, 4):
        day_at = day_of(NOON) - days_ago * DAY
        line = SheetLine(day_at, "api_calls", Standing.METERED, Decimal("2.5"))
        ledger.write_sheet(DaySheet(house.key(buyer).subscription, day_at, (line,)))
    house.marketplace.inject_fault("throttle", count=20)
    house.drain(house.event(buyer, quantity=26), house.event(other, quantity=26))
    return house, ledger, str(house.key(buyer))


def test_a_spike_is_listed_with_its_norm_and_when_it_goes() -> None:
    house, ledger, name = house_with_spike()

    answer = read_spikes(ledger, house.clock.now())

    deadline_at = deadline_of(NOON)
    goes_at = deadline_at - RELEASE_LEAD
    assert answer.records == (HeldSpike(name, Decimal(26), Decimal("2.5"), goes_at, deadline_at),)
    assert answer.is_whole


def test_where_the_norm_cannot_be_read_that_is_said() -> None:
    house, ledger, name = house_with_spike()
    ledger.is_damaged = True

    answer = read_spikes(ledger, house.clock.now())

    assert [(one.record, one.norm) for one in answer.records] == [(name, None)]
    assert [one.name for one in answer.unreadable] == [f"norm of {name}"]


def test_nothing_that_waits_is_said_in_words() -> None:
    house = Meterhouse()

    assert [*read_spikes(house.ledger, house.clock.now()).sentences] == [
        "No record waits as a spike."
    ]


def deciding(command: str, *records: str, **said: str) -> dict[str, list[dict[str, str]]]:
    return {command: [{"record": one, **said, "caller": "arn"} for one in records]}


@pytest.mark.parametrize(("command", "done"), [("release", "released"), ("reject", "rejected")])
def test_who_decides_and_why_is_sent_with_it(functions: Stubber, command: str, done: str) -> None:
    told = deciding(command, RECORD, reason="asked the buyer")
    told[command][0]["name"] = "Ann"
    will_answer(functions, told, {done: {RECORD: done}})
    read = read_commands(told, NOON)
    assert all({**read.released, **read.rejected}.values())

    said = ("--reason", "asked the buyer", "--by", "Ann", "--yes")
    assert run("spikes", command, RECORD, *said)[0] == 0


@pytest.mark.parametrize(("command", "done"), [("release", "released"), ("reject", "rejected")])
def test_each_record_has_its_answer(functions: Stubber, command: str, done: str) -> None:
    answers = {RECORD: done, OTHER: "not_held: METERED"}
    will_answer(functions, deciding(command, RECORD, OTHER), {"due": 0, done: answers})

    code, said, _ = run("spikes", command, RECORD, OTHER, RECORD, "--yes", "--json")

    assert code == 1
    rows = json.loads(said)["records"]
    assert [(one["record"], one["answer"]) for one in rows] == list(answers.items())


@pytest.mark.parametrize(
    ("command", "done", "question", "next_step"),
    [
        ("release", "released", "Have 1 record(s) billed:", "by this run or the next"),
        ("reject", "rejected", "Leave 1 record(s) unbilled:", "`redrive` has it billed"),
    ],
)
def test_it_is_asked_first_and_said_what_comes_next(
    functions: Stubber, command: str, done: str, *, question: str, next_step: str
) -> None:
    code, said, _ = run("spikes", command, RECORD, typed="n\n")
    assert (code, question in said) == (1, True)
    will_answer(functions, deciding(command, RECORD), {done: {RECORD: done}})

    code, said, _ = run("spikes", command, RECORD, typed="y\n")

    assert code == 0
    assert next_step in " ".join(said.split())
    assert "Nothing was done" not in said
