"""`redrive`, `flush`, `stop`: what is sent to the function, and said of its answer."""

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from meterhouse.domain.operator_commands import read_commands
from operations import options
from tests.fakes.meterhouse import NOON
from tests.unit.operations.functions import run, will_answer

RECORD = "license#l-0a1b|api_calls|2026-11-22T18"
OTHER = "license#l-0a1b|gb|2026-11-22T18"
LICENSE = "license#l-0a1b"
TOLD = {"record": RECORD, "quantity": "2.5", "state": "METERED", "reason": ""}


@pytest.fixture(autouse=True)
def _caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(options._TOLD, "caller", lambda *_: "arn")


def redriving(*records: str, **said: str) -> dict[str, list[dict[str, str]]]:
    return {"redrive": [{"record": one, **said, "caller": "arn"} for one in records]}


def test_who_redrives_and_why_is_sent_with_it(functions: Stubber) -> None:
    command = redriving(RECORD, reason="mended")
    command["redrive"][0]["name"] = "Ann"
    will_answer(functions, command, {"redriven": {RECORD: "redriven"}})
    assert all(read_commands(command, NOON).redriven.values())

    assert run("redrive", RECORD, "--reason", "mended", "--by", "Ann", "--yes")[0] == 0


def test_each_record_has_its_answer(functions: Stubber) -> None:
    answers = {RECORD: "redriven", OTHER: "not_rejected: METERED"}
    will_answer(functions, redriving(RECORD, OTHER), {"due": 0, "redriven": answers})

    code, said, _ = run("redrive", RECORD, OTHER, RECORD, "--yes", "--json")

    document = json.loads(said)
    assert code == 1
    assert document["function"] == "f"
    assert [(one["record"], one["answer"]) for one in document["records"]] == list(answers.items())


def test_who_redrives_for_a_stranger_is_told_to_wait_for_him(functions: Stubber) -> None:
    answers = {RECORD: "subscription_unknown"}
    will_answer(functions, redriving(RECORD), {"redriven": answers})

    code, said, _ = run("redrive", RECORD, "--yes")

    assert code == 1
    assert "when its buyer has registered" in " ".join(said.split())


def test_all_that_was_redriven_is_a_success_and_is_asked_first(functions: Stubber) -> None:
    code, said, _ = run("redrive", RECORD, typed="n\n")
    assert code == 1
    assert f"Redrive 1 record(s): {RECORD}?" in said
    will_answer(functions, redriving(RECORD), {"redriven": {RECORD: "redriven"}})

    code, said, _ = run("redrive", RECORD, typed="y\n")

    assert code == 0
    assert "Nothing was done" not in said


@pytest.mark.parametrize("name", ["somebody", "license#l-0a1b|api_calls", ""])
def test_a_name_that_is_no_records_is_refused_with_how_to_write_it(name: str) -> None:
    code, _, said = run("redrive", name)
    assert code == 2
    assert "names no record" in said


def _not_billed(state: str, quantity: str) -> dict[str, Any]:
    record = TOLD | {"state": state, "quantity": quantity}
    return {"answer": "flushed", "left": 0, "billed": [TOLD], "not_billed": [record]}


@pytest.mark.parametrize(
    "told", [_not_billed("CARRIED", "2.5"), _not_billed("REJECTED", "0")], ids=["carried", "zero"]
)
def test_what_went_on_or_is_nothing_keeps_no_flush_from_being_done(
    functions: Stubber, told: dict[str, Any]
) -> None:
    will_answer(functions, {"flush": [{"subscription": LICENSE}]}, {"flushed": {LICENSE: told}})
    assert run("flush", LICENSE, "--yes")[0] == 0


def test_a_flush_tells_what_it_billed(functions: Stubber) -> None:
    entry = {"subscription": LICENSE, "stopped_at": "2026-11-22T18:31:00Z"}
    told = {"answer": "flushed", "left": 0, "billed": [TOLD], "not_billed": [], "not_listed": 0}
    will_answer(functions, {"flush": [entry]}, {"flush_left": 0, "flushed": {LICENSE: told}})

    code, said, _ = run("flush", LICENSE, "--stopped-at", "2026-11-22T18:31:00Z", "--yes")

    assert code == 0
    assert "2.5" in said
    assert "is dealt with" in said


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"answer": "not_found"}, "nothing was done"),
        ({"answer": "nothing_to_bill"}, "nothing was done"),
        (_not_billed("REJECTED", "2.5"), "1 record(s) ended unbilled"),
        (_not_billed("EXPIRED", "2.5"), "1 record(s) ended unbilled"),
        (_not_billed("DISPUTED", "2.5"), "1 record(s) ended unbilled"),
        ({"answer": "left", "left": 2, "billed": [], "not_billed": []}, "Repeat the command"),
        ({}, "not answered"),
    ],
)
def test_a_flush_that_is_not_done_says_so(
    functions: Stubber, told: dict[str, Any], sentence: str
) -> None:
    will_answer(functions, {"flush": [{"subscription": LICENSE}]}, {"flushed": {LICENSE: told}})

    code, said, _ = run("flush", LICENSE, "--yes")

    assert code == 1
    assert sentence in said


def test_that_the_product_has_stopped_is_told_with_its_time(functions: Stubber) -> None:
    entry = {"subscription": LICENSE, "stopped_at": "2026-11-22T18:31:00Z"}
    told = {"answer": "flushed", "left": 0, "billed": [TOLD], "not_billed": [], "not_listed": 0}
    will_answer(functions, {"stopped": [entry]}, {"stopped": {LICENSE: told}})

    code, said, _ = run("stop", LICENSE, "--at", "2026-11-22T18:31:00Z", "--yes")

    assert code == 0
    assert "2.5" in said
    assert "Noted, and all that it used" in said


@pytest.mark.parametrize(
    ("told", "code", "sentence"),
    [
        ({"answer": "noted"}, 0, "counts when AWS ends it"),
        ({"answer": "noted", "days_left": 12}, 0, "it ends in 12 day(s), unless"),
        ({"answer": "noted", "days_left": 0}, 0, "it ends within a day, unless"),
        ({"answer": "nothing_to_bill"}, 0, "It used nothing"),
        ({"answer": "left", "left": 2, "billed": [], "not_billed": []}, 0, "by themselves"),
        ({"answer": "not_found"}, 1, "nothing was done"),
        ({"answer": "too_late"}, 1, "takes nothing of it any more"),
        (_not_billed("REJECTED", "2.5"), 1, "1 record(s) ended unbilled"),
        ({}, 1, "not answered"),
    ],
)
def test_what_the_word_came_to_is_said(
    functions: Stubber, told: dict[str, Any], code: int, sentence: str
) -> None:
    answer = {"stopped": {LICENSE: told}}
    will_answer(functions, {"stopped": [{"subscription": LICENSE}]}, answer)

    ended, said, _ = run("stop", LICENSE, "--yes")

    assert (ended, sentence in said) == (code, True)


def test_a_function_that_fails_is_quoted(functions: Stubber) -> None:
    failure = {"errorType": "FencedError", "errorMessage": "nothing is billed"}
    entry = {"flush": [{"subscription": LICENSE}]}
    will_answer(functions, entry, failure, FunctionError="Unhandled")

    code, _, said = run("flush", LICENSE, "--yes")

    assert code == 2
    assert "function f failed: FencedError: nothing is billed" in said


def test_a_function_that_is_not_there_is_named(functions: Stubber) -> None:
    functions.add_client_error("invoke", "ResourceNotFoundException", "no such function")

    code, _, said = run("redrive", RECORD, "--yes")

    assert code == 2
    assert "function f cannot be called" in said
