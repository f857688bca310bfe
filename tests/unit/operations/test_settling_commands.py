"""`write-off`, `bill-elsewhere` and `reopen`: what is sent, shown before it, and said of it."""

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
ARN = "arn:aws:iam::123456789012:user/ann"
WHO = {"caller": ARN, "name": "Ann"}
GOODWILL = ("--reason", "goodwill", "--by", "Ann")


@pytest.fixture(autouse=True)
def _caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(options._TOLD, "caller", lambda *_: ARN)


def settle(record: str, **said: str) -> dict[str, Any]:
    return {"record": record, **said, **WHO}


def test_each_record_is_sent_with_who_says_what_of_it_and_why(functions: Stubber) -> None:
    said = {"as": "written_off", "reason": "goodwill"}
    command = {"settle": [settle(RECORD, **said), settle(OTHER, **said)]}
    will_answer(functions, command, {"settled": {RECORD: "settled", OTHER: "not_found"}})
    assert read_commands(command, NOON).settled

    code, shown, _ = run("write-off", RECORD, OTHER, RECORD, *GOODWILL, "--yes", "--json")

    assert code == 1
    assert [one["answer"] for one in json.loads(shown)["records"]] == ["settled", "not_found"]


def test_what_is_billed_elsewhere_is_sent_with_its_reference(functions: Stubber) -> None:
    said = {"as": "billed_elsewhere", "reason": "goodwill", "reference": "INV-7"}
    command = {"settle": [settle(RECORD, **said)]}
    will_answer(functions, command, {"settled": {RECORD: "settled"}})
    assert read_commands(command, NOON).settled

    code, shown, _ = run("bill-elsewhere", RECORD, *GOODWILL, "--reference", "INV-7", "--yes")

    assert (code, "needs nobody any more" in shown) == (0, True)


def test_reopening_is_sent_with_its_reason(functions: Stubber) -> None:
    command = {"reopen": [settle(RECORD, reason="goodwill")]}
    will_answer(functions, command, {"reopened": {RECORD: "reopened"}})
    assert read_commands(command, NOON).reopened

    code, shown, _ = run("reopen", RECORD, *GOODWILL, "--yes")

    assert (code, "needs a person again" in shown) == (0, True)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("settled: billed_elsewhere", "is reopened first"),
        ("changed_meanwhile", "repeat the command"),
        ("not_unbilled: METERED", "Nothing was done about the others"),
    ],
)
def test_what_was_not_done_says_what_to_do(functions: Stubber, answer: str, sentence: str) -> None:
    command = {"settle": [settle(RECORD, **{"as": "written_off"}, reason="goodwill")]}
    will_answer(functions, command, {"settled": {RECORD: answer}})

    code, shown, _ = run("write-off", RECORD, *GOODWILL, "--yes")

    assert (code, sentence in " ".join(shown.split())) == (1, True)


def test_it_is_asked_first_and_nothing_is_sent_before(functions: Stubber) -> None:
    del functions
    code, shown, _ = run("write-off", RECORD, *GOODWILL, typed="n\n")

    assert code == 1
    assert f"which nobody will bill: {RECORD}?" in shown


@pytest.mark.parametrize(
    "given",
    [("--reason", " "), ("--reason", "x" * 501), ("--reason", "goodwill", "--by", "x" * 201)],
)
def test_words_that_cannot_be_kept_are_refused_before_anything_is_sent(
    functions: Stubber, given: tuple[str, ...]
) -> None:
    del functions
    code, _, said = run("write-off", RECORD, *given, "--yes")

    assert (code, "must be a text of 1 to" in " ".join(said.split())) == (2, True)
