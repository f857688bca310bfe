"""What AWS does not bill is written off or billed elsewhere from a page: said first, then done."""

import pytest
from loopback_console.testing.visiting import Page, Visitor

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.settlement import Operator, SettledAs, Settlement
from tests.integration.operations.console.filled_stack import CALLER, FilledStack
from tests.unit.operations.lives import EveryState, find_record


def ask(operator: Visitor, path: str, *keys: RecordKey) -> Page:
    marks = {f"pick-{number}": str(key) for number, key in enumerate(keys)}
    answer = operator.submit(f"{path}/confirm", **marks)
    assert answer.status_code == 200, Page(answer.text).text
    return Page(answer.text)


def hidden(page: Page) -> dict[str, str]:
    return {one["name"]: one["value"] for one in page.all("input") if one["type"] == "hidden"}


def settlement_of(filled: FilledStack, key: RecordKey) -> Settlement | None:
    batch, place = find_record(filled.house.ledger, key)
    return batch.records[place].status.settlement


@pytest.mark.parametrize("name", ["rejected", "disputed", "expired"])
def test_what_ended_unbilled_is_written_off_by_a_name_and_needs_nobody_any_more(
    operator: Visitor, keys: EveryState, filled: FilledStack, name: str
) -> None:
    key = getattr(keys, name)
    asked = ask(operator, "/write-off", key)

    assert "Write off: 1 record?" in asked.text
    assert "Nobody is to pay for it" in asked.text
    assert settlement_of(filled, key) is None, "nothing is done yet"

    page = operator.go_on("/write-off", **hidden(asked), reason="goodwill", by="Ada")

    assert "It is written off." in page.text
    assert key.subscription not in page.text
    settled = settlement_of(filled, key)
    assert settled is not None
    assert (settled.settled_as, settled.settled_reason) == (SettledAs.WRITTEN_OFF, "goodwill")
    assert settled.settled_by == Operator(CALLER, "Ada")
    told = operator.read(f"/record?name={key}".replace("#", "%23").replace("|", "%7C")).text
    assert "It is written off, said Ada at" in told


def test_what_is_billed_elsewhere_says_where(
    operator: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    fields = hidden(ask(operator, "/bill-elsewhere", keys.disputed))
    page = operator.fail("/bill-elsewhere", **fields, reason="case with AWS")
    assert "reference must be filled in" in page.text

    operator.go_on("/bill-elsewhere", **fields, reason="case with AWS", reference="C-17")

    settled = settlement_of(filled, keys.disputed)
    assert settled is not None
    assert (settled.settled_as, settled.reference) == (SettledAs.BILLED_ELSEWHERE, "C-17")


def test_what_was_settled_is_reopened(
    operator: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    written = hidden(ask(operator, "/write-off", keys.rejected))
    operator.go_on("/write-off", **written, reason="goodwill")

    page = operator.go_on(
        "/reopen", **hidden(ask(operator, "/reopen", keys.rejected)), reason="a mistake"
    )

    assert "It is reopened" in page.text
    assert keys.rejected.subscription in page.text
    assert settlement_of(filled, keys.rejected) is None


def test_without_a_reason_or_unseen_nothing_is_written(
    operator: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    fields = hidden(ask(operator, "/write-off", keys.expired))

    assert "reason must be filled in" in operator.fail("/write-off", **fields).text
    page = operator.fail("/write-off", **{**fields, "seen": ""}, reason="r")
    assert "that is not what was shown" in page.text
    page = operator.fail("/write-off", **fields, reason="r" * 501)
    assert "reason must be a text of 1 to 500 characters" in page.text
    assert settlement_of(filled, keys.expired) is None


def test_of_what_is_billed_nothing_can_be_said(operator: Visitor, keys: EveryState) -> None:
    asked = ask(operator, "/write-off", keys.metered)

    assert "nothing is done" in asked.text
    assert asked.all("form") == []
