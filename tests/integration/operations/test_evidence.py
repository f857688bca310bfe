"""`evidence`: a file with everything behind a record, and a program that finds what was changed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meterhouse.adapters.usage_table.layout import hold_layout
from meterhouse.domain.hours import format_hour
from meterhouse.domain.keys import RecordKey
from operations import verify_evidence
from operations.verify_evidence import chained
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command
from tests.unit.operations.lives import (
    EveryState,
    OfContract,
    live_on_a_contract,
)
from tests.unit.use_cases.billing.test_settling import ANN, invoiced, settle


@pytest.fixture
def every_state(books: Books, keys: EveryState) -> EveryState:
    hold_layout(books.aws.dynamodb, books.table_name, 1)
    return keys


@pytest.fixture
def evidence(command: Command) -> Command:
    return command.other("evidence")


def of_record(evidence: Command, key: RecordKey) -> dict[str, Any]:
    outcome = evidence(key.subscription, key.dimension, format_hour(key.hour_at))
    assert outcome.exit_code == 0, outcome.errors
    return outcome.document()


def check(path: Path, document: dict[str, Any], *more: str) -> tuple[int, str]:
    """Run the verifier where nothing but Python is."""
    path.write_text(json.dumps(document))
    program = [sys.executable, "-I", "-S", verify_evidence.__file__, str(path), *more]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def test_a_record_is_told_down_to_its_events_and_awss_receipt(
    every_state: EveryState, evidence: Command, tmp_path: Path
) -> None:
    document = of_record(evidence, every_state.metered)

    kinds = [one["kind"] for one in document["entries"]]
    assert kinds[0] == "record"
    head = document["entries"][0]
    assert (head["state"], head["sends"]) == ("METERED", 1)
    assert head["receipt"]
    (frozen,) = (one for one in document["entries"] if one["kind"] == "frozen")
    assert frozen["payload"]["QuantityAsDecimal"] == "100.000001"
    assert "event" in kinds
    assert check(tmp_path / "e.json", document, document["digest"])[0] == 0


def test_every_state_that_a_record_can_have_checks_out(
    every_state: EveryState, evidence: Command, tmp_path: Path
) -> None:
    for name in ("rejected", "disputed", "expired", "carried", "large", "held", "open"):
        document = of_record(evidence, getattr(every_state, name))
        assert check(tmp_path / "e.json", document)[0] == 0, name


def test_what_a_person_settled_says_who_why_and_where_it_is_billed(
    every_state: EveryState, books: Books, evidence: Command, tmp_path: Path
) -> None:
    before = of_record(evidence, every_state.rejected)["entries"][0]
    house = books.house()
    settle(house, every_state.rejected, invoiced(house))

    document = of_record(evidence, every_state.rejected)

    head = document["entries"][0]
    assert "settlement" not in before
    assert (head["state"], head["standings"]) == (before["state"], before["standings"])
    assert head["settlement"] == {
        "as": "billed_elsewhere",
        "reason": "by invoice",
        "reference": "INV-7",
        "caller": ANN.caller,
        "name": "Ann",
        "at": house.clock.now().isoformat(),
    }
    assert check(tmp_path / "e.json", document)[0] == 0


@pytest.fixture
def of_contract(books: Books) -> OfContract:
    hold_layout(books.aws.dynamodb, books.table_name, 1)
    return live_on_a_contract(books.house())


def test_what_a_contract_includes_is_told_and_aws_was_told_the_rest(
    of_contract: OfContract, evidence: Command, tmp_path: Path
) -> None:
    document = of_record(evidence, of_contract.beyond)

    head, *others = document["entries"]
    assert (head["included"], head["standings"]) == ("40", {"metered": "30.5", "included": "40"})
    (frozen,) = (one for one in others if one["kind"] == "frozen")
    assert frozen["payload"]["QuantityAsDecimal"] == "30.5"
    assert check(tmp_path / "e.json", document)[0] == 0


def test_of_what_is_included_entirely_nothing_is_said_to_be_sent(
    of_contract: OfContract, evidence: Command, tmp_path: Path
) -> None:
    document = of_record(evidence, of_contract.within)

    head, *others = document["entries"]
    assert (head["state"], head["included"], head["sends"]) == ("INCLUDED", "60", 0)
    assert [one["kind"] for one in others] == ["event"]
    assert check(tmp_path / "e.json", document)[0] == 0


def test_included_units_that_were_not_frozen_are_found(
    of_contract: OfContract, evidence: Command, tmp_path: Path
) -> None:
    document = of_record(evidence, of_contract.within)
    document["entries"][0]["included"] = "50"
    document["entries"] = [*chained(document["entries"])]
    document["digest"] = document["entries"][-1]["digest"]

    code, said = check(tmp_path / "e.json", document)

    assert code == 1
    assert "frozen with 50 included units, and 60 are said to be" in said


def _change_event(entries: list[dict[str, Any]]) -> None:
    next(one for one in entries if one["kind"] == "event")["quantity"] = "99"


def _change_payload(entries: list[dict[str, Any]]) -> None:
    frozen = next(one for one in entries if one["kind"] == "frozen")
    frozen["payload"]["QuantityAsDecimal"] = "100.000002"


def _leave_an_event_out(entries: list[dict[str, Any]]) -> None:
    entries.remove(next(one for one in entries if one["kind"] == "event"))


def _leave_the_record_out(entries: list[dict[str, Any]]) -> None:
    del entries[0]


@pytest.mark.parametrize(
    "change", [_change_event, _change_payload, _leave_an_event_out, _leave_the_record_out]
)
def test_what_was_changed_is_found_even_with_new_digests(
    every_state: EveryState,
    evidence: Command,
    tmp_path: Path,
    change: Callable[[list[dict[str, Any]]], None],
) -> None:
    document = of_record(evidence, every_state.metered)
    was = document["digest"]
    change(document["entries"])

    code, said = check(tmp_path / "e.json", document)
    assert code == 1
    assert "was changed" in said
    document["entries"] = [*chained(document["entries"])]
    document["digest"] = document["entries"][-1]["digest"]
    code, said = check(tmp_path / "e.json", document)
    assert code == 1, "its sums are wrong"
    assert "was changed" not in said
    assert "its digest is another" in check(tmp_path / "e.json", document, was)[1]


@pytest.mark.parametrize("change", ["kind", "digest", "units", "record"])
def test_what_lacks_a_field_is_wrong(
    every_state: EveryState, evidence: Command, tmp_path: Path, change: str
) -> None:
    document = of_record(evidence, every_state.metered)
    for entry in document["entries"]:
        entry.pop(change, None)
        entry.pop("quantity", None)

    code, said = check(tmp_path / "e.json", document)

    assert code == 1
    assert said.startswith("WRONG: ")


@pytest.mark.parametrize("text", [None, "", "[1", "{" * 2 + "}", "[" * 100_000])
def test_what_is_no_file_of_json_cannot_be_checked(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "e.json"
    if text is not None:
        file.write_text(text)

    done = subprocess.run(
        [sys.executable, "-I", verify_evidence.__file__, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{file} cannot be read: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("content", [[], "x", None, {}, {"format": verify_evidence.FORMAT}])
def test_json_that_is_no_evidence_is_wrong(tmp_path: Path, content: object) -> None:
    code, said = check(tmp_path / "e.json", content)  # type: ignore[arg-type]
    assert code == 1
    assert said.startswith("WRONG: ")


def test_a_line_that_changes_no_sum_is_found_by_the_digest_that_was_kept(
    every_state: EveryState, evidence: Command, tmp_path: Path
) -> None:
    document = of_record(evidence, every_state.metered)
    was = document["digest"]
    document["entries"][0]["receipt"] = "another"
    document["entries"] = [*chained(document["entries"])]
    document["digest"] = document["entries"][-1]["digest"]

    assert check(tmp_path / "e.json", document)[0] == 0
    assert check(tmp_path / "e.json", document, was)[0] == 1


def test_a_month_holds_every_record_of_its_hours(
    every_state: EveryState, evidence: Command, tmp_path: Path
) -> None:
    key = every_state.metered
    month = key.hour_at.strftime("%Y-%m")
    out = tmp_path / "month.json"

    outcome = evidence(key.subscription, "--month", month, "--out", str(out))

    assert outcome.exit_code == 0, outcome.errors
    document = json.loads(out.read_text())
    records = {one["record"] for one in document["entries"]}
    assert str(key) in records
    assert len(records) > 1, "what came late was carried"
    assert check(tmp_path / "e.json", document)[0] == 0


def test_an_hour_without_a_dimension_is_refused(evidence: Command) -> None:
    assert evidence("license#l-1", "gb", "2026-11-19T12", "--month", "2026-11").exit_code == 2


def test_a_record_that_does_not_add_up_is_no_evidence(
    books: Books, every_state: EveryState, evidence: Command
) -> None:
    for item in books.keys(every_state.log, "S#"):
        books.delete(item)

    key = every_state.metered
    outcome = evidence(key.subscription, key.dimension, format_hour(key.hour_at))

    assert outcome.exit_code == 2
    assert outcome.output == ""
