"""The statement of a month is chosen, read, and kept as a file; and the runbook is at hand."""

import csv
import io
import json
from decimal import Decimal
from urllib.parse import quote

import pytest
from loopback_console.testing.visiting import Page, Visitor

from operations.console import statement_pages
from tests.integration.operations.console.filled_stack import FilledStack
from tests.unit.operations.lives import EveryState


def query_of(keys: EveryState) -> str:
    return f"name={quote(keys.metered.subscription)}&month=2026-11"


def test_before_a_month_is_chosen_nothing_is_read(visitor: Visitor, filled: FilledStack) -> None:
    del filled.stack.found["UsageTable"]

    page = visitor.read("/statements")

    assert page.values()["month"] == "2026-11"
    assert page.all("table") == []


def test_a_buyer_s_month_is_shown_hour_by_hour_with_totals(
    visitor: Visitor, keys: EveryState
) -> None:
    page = visitor.read(f"/statements?{query_of(keys)}")

    assert "Statement of 2026-11" in page.text
    assert "2026-11-18T12 api_calls 101.000001 100.000001" in page.text
    assert "all api_calls 102.000001 100.000001" in page.text
    assert "disputed" not in page.text.partition("hour dimension")[2], "nothing stands there"
    assert "Not final: hours from" in page.text
    assert keys.rejected.subscription not in page.text


def test_the_buttons_beside_a_month_give_it_as_a_file(visitor: Visitor, keys: EveryState) -> None:
    buttons = visitor.read("/statements").all("button")
    files = [one["formaction"] for one in buttons if "formaction" in one]
    assert files == ["/statement.csv", "/statement.json", "/statement.html"]

    for address in files:
        answer = visitor.answer(f"{address}?{query_of(keys)}")
        assert answer.status_code == 200
        assert "attachment" in answer.headers["content-disposition"]
        assert "2026-11-18T12" in answer.text


def test_everybody_s_month_has_all_buyers(visitor: Visitor, keys: EveryState) -> None:
    page = visitor.read("/statements?month=2026-11")
    assert keys.metered.subscription in page.text
    assert keys.rejected.subscription in page.text

    rows = [*csv.DictReader(io.StringIO(visitor.answer("/statement.csv?month=2026-11").text))]
    document = json.loads(visitor.answer("/statement.json?month=2026-11").text)
    billed = sum(Decimal(one["billed"]) for one in document["totals"])
    assert sum(Decimal(one["billed"]) for one in rows if one["table"] == "totals") == billed > 0


def test_a_long_month_shows_sums_and_says_so(
    visitor: Visitor, keys: EveryState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_pages, "ROWS_SHOWN_MAX", 1)

    page = visitor.read(f"/statements?{query_of(keys)}")

    assert "here are the sums, and the files have all" in page.text
    assert "all api_calls 102.000001" in page.text
    assert "2026-11-18T12" not in page.text


def test_a_month_without_usage_and_one_that_is_none_are_said(
    visitor: Visitor, keys: EveryState
) -> None:
    name = quote(keys.metered.subscription)
    assert "Nothing was used." in visitor.read(f"/statements?name={name}&month=2026-10").text
    assert visitor.answer("/statements?month=November").status_code == 400
    assert visitor.answer("/statements?month=2026-11&name=nonsense").status_code == 400


def test_a_reason_leads_to_the_runbook_s_words_and_on_to_its_section(visitor: Visitor) -> None:
    page = visitor.read("/runbook?name=suspension_suspected")
    assert "AWS refuses records" in page.text
    sections = [one["href"] for one in page.all("a") if "section=" in one["href"]]

    assert "/runbook?section=redriving-a-rejected-record" in sections
    section: Page = visitor.read("/runbook?section=redriving-a-rejected-record")
    assert "Inside AWS's 24 hours the frozen record is sent again" in section.text
    assert "/runbook?name=CustomerNotSubscribed" in [
        one["href"] for one in visitor.read("/runbook").all("a")
    ]


def test_what_the_runbook_does_not_have_is_said_with_what_may_be_meant(visitor: Visitor) -> None:
    page = visitor.read("/runbook?name=suspension_suspect", status=404)

    assert "did you mean suspension_suspected" in page.text
    assert visitor.answer("/runbook?section=nowhere").status_code == 404
