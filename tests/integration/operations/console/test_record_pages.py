"""Records are found by filters, and each is told down to its events and AWS's receipt."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from loopback_console.testing.visiting import Page, Visitor

from meterhouse.domain.keys import RecordKey
from operations import verify_evidence
from operations.console import record_pages
from tests.integration.operations.console.filled_stack import FilledStack
from tests.unit.operations.lives import EveryState


def address_of(key: RecordKey) -> str:
    return f"/record?name={quote(str(key), safe='')}"


def listed(page: Page) -> list[str]:
    links = [urlsplit(one["href"]) for one in page.all("a")]
    return [parse_qs(one.query)["name"][0] for one in links if one.path == "/record"]


def test_records_are_found_by_state_reason_subscription_and_hour(
    visitor: Visitor, keys: EveryState
) -> None:
    everything = listed(visitor.read("/records"))
    assert {str(keys.metered), str(keys.rejected), str(keys.submitting)} <= {*everything}

    for query, key in (
        ("state=REJECTED&reason=InvalidLicenseException", keys.rejected),
        ("state=DISPUTED", keys.disputed),
        (f"subscription={quote(keys.expired.subscription)}", keys.expired),
        ("since=2026-11-19&until=2026-11-19T12", keys.submitting),
    ):
        assert listed(visitor.read(f"/records?{query}")) == [str(key)], query
    page = visitor.read("/records?state=METERED&since=2026-12-01")
    assert "There is no such record." in page.text


def test_a_long_list_goes_on_with_the_same_filters(
    visitor: Visitor, keys: EveryState, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = listed(visitor.read("/records?since=2026-11-18"))
    monkeypatch.setattr(record_pages, "SHOWN_MAX", 2)
    found: list[str] = []
    address = "/records?since=2026-11-18"
    while address:
        page = visitor.read(address)
        found += listed(page)
        address = next((one["href"] for one in page.all("a") if one.get("rel") == "next"), "")
        assert not address or "since=2026-11-18" in address

    assert len(whole) > 2
    assert found == whole
    assert str(keys.metered) in whole


@pytest.mark.parametrize(
    "query",
    [
        "state=NONE",
        "since=yesterday",
        "subscription=nonsense",
        "after=nonsense",
        "since=2026-11-19&until=2026-11-18",
    ],
)
def test_a_filter_that_cannot_be_read_is_said(
    visitor: Visitor, filled: FilledStack, query: str
) -> None:
    assert filled.stack.name
    assert len(visitor.read(f"/records?{query}", status=400).all("h1")) == 1


def test_a_record_is_told_down_to_its_events_what_aws_is_told_and_its_receipt(
    visitor: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    page = visitor.read(address_of(keys.metered))

    [billed] = [
        one for one in filled.house.records(keys.metered.hour_at) if one.key == keys.metered
    ]
    assert billed.status.metering_record_id
    assert f"AWS's receipt {billed.status.metering_record_id}" in page.text
    assert "Sends 1" in page.text
    assert '"QuantityAsDecimal": "100.000001"' in page.text
    assert "Events · 3 Event Quantity Tags" in page.text
    assert "a 100 b 0.000001" in page.text
    assert "late 1 late" in page.text, "the one that came when the record was frozen"
    assert f" {keys.next_log} 1" in page.text.partition("Carried usage")[2], "to where it went"
    assert "They stand metered 100.000001 carried 1" in page.text


def test_why_a_record_was_not_billed_is_said_in_the_runbook_s_words_with_the_actions_beside(
    visitor: Visitor, operator: Visitor, keys: EveryState
) -> None:
    page = operator.read(address_of(keys.disputed))
    assert "DuplicateRecord" in page.text
    assert "AWS holds another quantity" in page.text
    assert [one["action"] for one in page.all("form")] == ["/write-off/confirm"]

    page = operator.read(address_of(keys.rejected))
    assert [one["action"] for one in page.all("form")] == ["/redrive/confirm"]
    assert operator.read(address_of(keys.metered)).all("form") == []
    assert visitor.read(address_of(keys.rejected)).all("form") == []


def test_an_hour_that_is_not_frozen_and_one_without_usage_are_told_apart(
    visitor: Visitor, keys: EveryState
) -> None:
    assert "It has no record yet" in visitor.read(address_of(keys.open)).text
    other = keys.open._replace(dimension="other")
    assert "There is no usage of it, and no record." in visitor.read(address_of(other)).text


@pytest.mark.parametrize("name", ["", "nonsense", "a|b|c", "license#l-1|d|2026-11-18T12:00"])
def test_what_names_no_record_is_said(visitor: Visitor, name: str) -> None:
    assert visitor.answer(f"/record?name={quote(name)}").status_code == 400


@pytest.mark.parametrize("of", ["record", "month"])
def test_evidence_is_a_file_that_checks_out(
    visitor: Visitor, keys: EveryState, tmp_path: Path, of: str
) -> None:
    name = quote(str(keys.metered if of == "record" else keys.metered.subscription), safe="")
    query = f"record={name}" if of == "record" else f"subscription={name}&month=2026-11"
    answer = visitor.answer(f"/evidence.json?{query}")

    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="evidence.json"'
    kinds = [one["kind"] for one in json.loads(answer.text)["entries"]]
    assert {"record", "event", "frozen"} <= {*kinds}
    path = tmp_path / "evidence.json"
    path.write_text(answer.text)
    program = [sys.executable, "-I", "-S", verify_evidence.__file__, str(path)]
    assert subprocess.run(program, check=False, capture_output=True).returncode == 0


def test_evidence_of_what_does_not_add_up_is_refused(
    visitor: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    dynamodb, table = filled.stack.found["UsageTable"]
    found = dynamodb.scan(TableName=table)["Items"]
    [segment, *_] = [one for one in found if one["sk"]["S"].startswith("S#")]
    dynamodb.delete_item(TableName=table, Key={"pk": segment["pk"], "sk": segment["sk"]})

    answer = visitor.answer(f"/evidence.json?record={quote(str(keys.metered), safe='')}")

    assert answer.status_code == 503
    assert len(Page(answer.text).all("h1")) == 1
