from datetime import timedelta

import pytest

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.operator_commands import NO_COMMANDS, Flush, Stop, read_commands
from meterhouse.domain.records.settlement import (
    Operator,
    Order,
    Reopening,
    SettledAs,
    Settlement,
)
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import CommandUnreadableError
from tests.fakes.meterhouse import HOUR, NOON

ARN = "arn:aws:license-manager::123456789012:license:l-0a1b"
LICENSE = SubscriptionKey("license#l-0a1b")


@pytest.mark.parametrize("event", [{}, {"source": "aws.scheduler", "detail": {}}, {"flush": []}])
def test_a_schedule_commands_nothing(event: dict[str, object]) -> None:
    assert read_commands(event, NOON) == NO_COMMANDS


def test_a_rejected_record_is_named_as_the_log_names_it() -> None:
    key = RecordKey(LICENSE, "api|calls", NOON)

    assert read_commands({"redrive": [str(key)]}, NOON).redriven == {key: None}


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        (ARN, LICENSE),
        ("license#l-0a1b", LICENSE),
        ("customer#prod#c1", "customer#prod#c1"),
        ("account#prod#123456789012", "account#prod#123456789012"),
        ({"product_code": "prod", "customer_identifier": "c1"}, "customer#prod#c1"),
        ({"subscription": ARN}, LICENSE),
    ],
)
def test_a_flush_names_its_subscription_in_any_way(reference: object, key: str) -> None:
    flushes = read_commands({"flush": [reference]}, NOON).flushes

    assert flushes == (Flush(SubscriptionKey(key), NOON),)


@pytest.mark.parametrize("stopped_at", ["2026-11-18T12:30:00+01:30", "2026-11-18t11:00:00z"])
def test_a_flush_may_say_when_usage_stopped(stopped_at: str) -> None:
    entry = {"subscription": ARN, "stopped_at": stopped_at}

    [flush] = read_commands({"flush": [entry]}, NOON).flushes

    assert flush.stopped_at == NOON - HOUR


def test_usage_cannot_have_stopped_in_the_future() -> None:
    entry = {"subscription": ARN, "stopped_at": (NOON + timedelta(days=1)).isoformat()}

    assert read_commands({"flush": [entry]}, NOON).flushes[0].stopped_at == NOON


def test_the_seller_says_when_its_product_stopped() -> None:
    event = {"stopped": [{"subscription": ARN, "stopped_at": "2026-11-18T11:30:00Z"}]}

    assert read_commands(event, NOON).stops == (Stop(LICENSE, NOON - HOUR / 2),)


@pytest.mark.parametrize("reference", [ARN, {"subscription": ARN}])
def test_a_product_that_stopped_stopped_now_unless_it_is_said(reference: object) -> None:
    assert read_commands({"stopped": [reference]}, NOON).stops == (Stop(LICENSE, NOON),)


def test_a_stop_in_the_future_is_refused_with_what_to_do() -> None:
    entry = {"subscription": ARN, "stopped_at": (NOON + timedelta(seconds=1)).isoformat()}

    with pytest.raises(CommandUnreadableError, match="in the future; say it when the product has"):
        read_commands({"stopped": [entry]}, NOON)


def test_subscriptions_that_end_are_named_in_any_way_and_once() -> None:
    event = {"ending": [ARN, "account#prod#123456789012", LICENSE]}

    assert read_commands(event, NOON).ending == (LICENSE, "account#prod#123456789012")


BAD: list[object] = [
    {"redrive": "license#l-1|d|2026-11-18T12"},
    {"redrive": ["license#l-1"]},
    {"redrive": ["license#l-1|d|2026-11-18T12:30"]},
    {"redrive": ["license#l-1|d|20261118T12"]},
    {"redrive": [None]},
    {"release": ["license#l-1"]},
    {"reject": "license#l-1|d|2026-11-18T12"},
    {"flush": ARN},
    {"flush": ["somebody"]},
    {"flush": [17]},
    {"flush": [{"subscription": ARN, "stopped_at": "yesterday"}]},
    {"flush": [{"subscription": ARN, "stopped_at": "2026-11-18T12:30:00"}]},
    {"flush": [{"subscription": ARN, "stopped_at": "9999-12-31T23:59:59-01:00"}]},
    {"flush": [{"subscription": ARN, "stopped_at": "0001-01-01T00:00:00+01:00"}]},
    {"flush": [{"stopped_at": "2026-11-18T12:30:00Z"}]},
    {"flush": [{"subscription": ARN, "until": "2026-11-18T12:30:00Z"}]},
    {"flush": [ARN, {"subscription": "license#l-0a1b", "stopped_at": "2026-11-18T12:30:00Z"}]},
    {"stopped": LICENSE},
    {"stopped": ["somebody"]},
    {"stopped": [{"subscription": ARN, "stopped_at": "now"}]},
    {"stopped": [{"subscription": ARN, "until": "2026-11-18T11:30:00Z"}]},
    {"stopped": [ARN, LICENSE]},
    {"ending": LICENSE},
    {"ending": ["somebody"]},
    {"ending": [LICENSE, None]},
    {"ending": [{"subscription": ARN}]},
    {"redrives": ["license#l-1|d|2026-11-18T12"]},
    {"flush": [ARN], "Redrive": ["license#l-1|d|2026-11-18T12"]},
    {"source": "me", "redrives": []},
    *([], [1], None, "flush", 7, True),
]


@pytest.mark.parametrize("name", ["flush", "stopped", "ending"])
@pytest.mark.parametrize("tenant", ["tenant:acme", "tenant#acme"])
def test_a_tenant_is_refused_with_whom_to_name(name: str, tenant: str) -> None:
    with pytest.raises(CommandUnreadableError, match="name the subscriptions that pay for it"):
        read_commands({name: [tenant]}, NOON)


def test_an_unknown_command_is_named_with_those_that_there_are() -> None:
    there_are = (
        "'redrives': a command is redrive, release, reject, settle, reopen, flush, stopped or "
        "ending, each a list"
    )
    with pytest.raises(CommandUnreadableError, match=there_are):
        read_commands({"redrives": [], "flush": []}, NOON)


def test_what_is_decided_about_spikes_names_records_as_a_redrive_does() -> None:
    keys = tuple(RecordKey(LICENSE, "api_calls", NOON + hour * HOUR) for hour in range(3))
    event = {"release": [str(keys[0]), str(keys[1]), str(keys[0])], "reject": [str(keys[2])]}

    commands = read_commands(event, NOON)

    assert [*commands.released] == [*keys[:2]]
    assert [*commands.rejected] == [*keys[2:]]


def test_a_record_that_is_named_twice_is_redriven_once() -> None:
    key = RecordKey(LICENSE, "api_calls", NOON)

    assert read_commands({"redrive": [str(key), str(key)]}, NOON).redriven == {key: None}


@pytest.mark.parametrize("event", BAD)
def test_a_command_that_cannot_be_read_is_refused_as_a_whole(event: object) -> None:
    with pytest.raises(CommandUnreadableError):
        read_commands(event, NOON)


SAID = {"record": "license#l-0a1b|gb|2026-11-22T18", "reason": " goodwill ", "caller": "arn:aws"}
WRITTEN_OFF, BILLED = SAID | {"as": "written_off"}, SAID | {"as": "billed_elsewhere"}


def test_who_redrives_a_record_is_read_where_it_is_told() -> None:
    other = "license#l-0a1b|gb|2026-11-22T19"
    commands = read_commands({"redrive": [other, SAID]}, NOON)

    assert {str(key): order for key, order in commands.redriven.items()} == {
        other: None,
        SAID["record"]: Order(Operator("arn:aws"), NOON, "goodwill"),
    }


def test_who_decides_about_a_spike_is_read_where_it_is_told() -> None:
    other = SAID | {"record": "license#l-0a1b|gb|2026-11-22T19", "reason": None}
    commands = read_commands({"release": [SAID], "reject": [other]}, NOON)

    arn = Operator("arn:aws")
    assert [*commands.released.values()] == [Order(arn, NOON, "goodwill")]
    assert [*commands.rejected.values()] == [Order(arn, NOON)]


def test_what_a_person_says_of_a_record_is_read_with_who_and_when() -> None:
    billed = BILLED | {"reference": "INV-7", "name": "Ann"}
    commands = read_commands({"settle": [billed], "reopen": [SAID]}, NOON)

    key = RecordKey.parse(str(SAID["record"]))
    ann = Operator("arn:aws", "Ann")
    billed_elsewhere = SettledAs.BILLED_ELSEWHERE
    assert commands.settled == {key: Settlement(billed_elsewhere, "goodwill", "INV-7", ann, NOON)}
    assert commands.reopened == {key: Reopening("goodwill", Operator("arn:aws"), NOON)}
    assert commands != NO_COMMANDS


@pytest.mark.parametrize(
    ("command", "entry", "fault"),
    [
        ("settle", "license#l-0a1b|gb|2026-11-22T18", "an object of"),
        ("settle", WRITTEN_OFF | {"amount": 3}, "an object of"),
        ("settle", SAID, "is not billed_elsewhere or written_off"),
        ("settle", SAID | {"as": "forgotten"}, "is not billed_elsewhere or written_off"),
        ("settle", BILLED, "has a reference"),
        ("settle", WRITTEN_OFF | {"reference": "INV-7"}, "nothing else has one"),
        ("settle", WRITTEN_OFF | {"reason": None}, "reason is missing"),
        ("settle", WRITTEN_OFF | {"reason": 3}, "a text of 1 to 500"),
        ("settle", WRITTEN_OFF | {"reason": "x" * 501}, "a text of 1 to 500"),
        ("settle", WRITTEN_OFF | {"caller": None}, "caller is missing"),
        ("settle", WRITTEN_OFF | {"name": "x" * 201}, "a text of 1 to 200"),
        ("settle", WRITTEN_OFF | {"record": "somebody"}, "settle: 'somebody'"),
        ("reopen", WRITTEN_OFF, "an object of"),
        ("redrive", WRITTEN_OFF, "an object of"),
        ("redrive", SAID | {"caller": None}, "caller is missing"),
        ("reopen", SAID | {"reason": " "}, "a text of 1 to 500"),
    ],
)
def test_words_that_cannot_be_kept_are_refused(command: str, entry: object, fault: str) -> None:
    with pytest.raises(CommandUnreadableError, match=fault):
        read_commands({command: [entry]}, NOON)


@pytest.mark.parametrize(("command", "entry"), [("settle", WRITTEN_OFF), ("reopen", SAID)])
def test_no_record_is_settled_in_two_ways_at_once(command: str, entry: object) -> None:
    with pytest.raises(CommandUnreadableError, match="named twice"):
        read_commands({command: [entry, entry]}, NOON)
