"""Events that could not be billed are found, mended and sent again, or discarded, from pages."""

import json
from typing import Any
from urllib.parse import parse_qs

from loopback_console.testing.visiting import Page, Visitor

from meterhouse.domain.accounting.sheets import DAY
from tests.fakes.meterhouse import NOON
from tests.integration.operations.console.filled_stack import FilledStack

LICENSE = "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"
GOOD: dict[str, Any] = {
    "id": "e1",
    "subscription": LICENSE,
    "dimension": "api_calls",
    "quantity": "2.5",
    "time": NOON.isoformat(),
}
WRONG = GOOD | {"quantity": -1}
LONG_AGO = (NOON - 40 * DAY).isoformat()


def names(visitor: Visitor) -> list[str]:
    """Return the addresses of the events that are listed."""
    links = [one["href"] for one in visitor.read("/rejected").all("a")]
    return [one for one in links if one.startswith("/rejected/event?")]


def queries(visitor: Visitor) -> list[str]:
    return [one.partition("?")[2] for one in names(visitor)]


def hidden(page: Page) -> dict[str, str]:
    return {one["name"]: one["value"] for one in page.all("input") if one.get("type") == "hidden"}


def mend(operator: Visitor, address: str, **entered: str) -> Page:
    """Change fields of an event's form, and read what would be done."""
    page = operator.read(address)
    fields = {
        one["name"]: one.get("value", "")
        for one in page.all("input")
        if one["name"].startswith(("field-", "pick-"))
    }
    fields |= {f"field-{name}": value for name, value in entered.items()}
    query = address.partition("?")[2]
    answer = operator.submit(f"/rejected/send/confirm?{query}", **fields)
    assert answer.status_code == 200, Page(answer.text).text
    return Page(answer.text)


def test_each_event_is_listed_with_why_and_shown_whole_with_the_runbook_s_words(
    visitor: Visitor, filled: FilledStack
) -> None:
    assert "There are no rejected events." in visitor.read("/rejected").text
    filled.reject("m1", WRONG | {"tags": 7})

    [address] = names(visitor)
    page = visitor.read(address)

    assert "quantity_negative tags_invalid" in visitor.read("/rejected").text
    assert "AWS takes non-negative quantities" in page.text, "the runbook's words"
    assert '"quantity": -1' in page.text
    assert "nobody else saw these messages" in page.text
    assert page.all("form") == page.all("textarea") == []
    assert len(names(visitor)) == 1, "looking takes nothing away"


def test_an_event_is_mended_shown_as_it_will_be_and_sent_under_its_id(
    operator: Visitor, filled: FilledStack
) -> None:
    filled.reject("m1", {"events": [WRONG, WRONG | {"id": "e2"}]})
    [address, _] = names(operator)

    asked = mend(operator, address, quantity="12.50")

    assert "becomes usage of license#l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e|api_calls|" in asked.text
    assert '"quantity": "12.50"' in asked.text
    assert filled.bodies("UsageQueue") == [], "nothing is done yet"

    page = operator.go_on("/rejected/send", **hidden(asked))

    assert "The events are sent again" in page.text
    assert "license#l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e|api_calls|2026-11-18T12" in page.text
    assert filled.bodies("UsageQueue") == [GOOD | {"quantity": "12.50"}]
    [left] = names(operator)
    assert "e2" in operator.read(left).text


def test_several_events_are_sent_again_as_they_are_and_lead_back_to_the_list(
    operator: Visitor, filled: FilledStack
) -> None:
    # Rejected by a bound that was too strict, say.
    old = GOOD | {"time": LONG_AGO}
    filled.reject("m1", {"events": [old, old | {"id": "e2"}]})
    picks = {f"pick-{n}": parse_qs(one)["name"][0] for n, one in enumerate(queries(operator))}

    asked = operator.submit("/rejected/send/confirm", **picks)
    page = operator.go_on("/rejected/send", **hidden(Page(asked.text)))

    assert "The events are sent again" in page.text
    assert "There are no rejected events." in page.text


def test_an_object_is_mended_as_one_and_what_is_emptied_is_left_out(
    operator: Visitor, filled: FilledStack
) -> None:
    legacy = {"product_code": "p", "customer_identifier": "c"}
    filled.reject("m1", WRONG | {"subscription": legacy})
    [address] = names(operator)
    shown = {one["name"]: one["value"] for one in operator.read(address).all("input")}
    assert json.loads(shown["field-subscription"]) == legacy

    asked = mend(
        operator,
        address,
        quantity="1",
        subscription=json.dumps(legacy | {"customer_identifier": "d"}),
    )
    assert "customer#p#d|api_calls" in asked.text

    fields = {"pick-1": shown["pick-1"], "field-quantity": "1", "field-time": ""}
    page = operator.fail("/rejected/send/confirm", **fields)
    assert "say when it happened" in page.text


def test_what_is_still_wrong_is_said_beside_what_was_entered(
    operator: Visitor, filled: FilledStack
) -> None:
    filled.reject("m1", WRONG)
    [address] = names(operator)
    fields = {"pick-1": hidden(operator.read(address))["pick-1"], "field-quantity": "-7"}

    page = operator.fail(f"/rejected/send/confirm?{address.partition('?')[2]}", **fields)

    assert "it would be rejected again: quantity_invalid" in page.text
    assert {"-7"} == {one["value"] for one in page.all("input") if one["name"] == "field-quantity"}
    assert filled.bodies("UsageQueue") == []


def test_invisible_characters_of_fields_that_nobody_touched_stay(
    operator: Visitor, filled: FilledStack
) -> None:
    joined = "api\N{ZERO WIDTH NON-JOINER}calls\N{ZERO WIDTH SPACE}x"
    filled.reject("m1", WRONG | {"dimension": joined})
    [address] = names(operator)

    operator.go_on("/rejected/send", **hidden(mend(operator, address, quantity="3")))

    assert filled.bodies("UsageQueue") == [GOOD | {"quantity": "3", "dimension": joined}]


def test_a_cloudevent_is_mended_where_its_data_stand(
    operator: Visitor, filled: FilledStack
) -> None:
    event = {
        "specversion": "1.0",
        "type": "usage",
        "source": "urn:product",
        "id": "e1",
        "subject": LICENSE,
        "time": NOON.isoformat(),
        "data": {"dimension": "api_calls", "quantity": "-1"},
    }
    filled.reject("m1", event)
    [address] = names(operator)

    operator.go_on("/rejected/send", **hidden(mend(operator, address, **{"data.quantity": "4"})))

    assert filled.bodies("UsageQueue") == [
        event | {"data": {"dimension": "api_calls", "quantity": "4"}}
    ]


def test_a_text_that_is_no_event_is_replaced_by_a_whole_one(
    operator: Visitor, filled: FilledStack
) -> None:
    filled.reject("m1", "no object")
    [address] = names(operator)
    pick = hidden(operator.read(address))
    assert "no JSON" in operator.fail("/rejected/send/confirm", **pick, whole="{").text

    asked = operator.submit("/rejected/send/confirm", **pick, whole=json.dumps(GOOD))
    operator.go_on("/rejected/send", **hidden(Page(asked.text)))

    assert (filled.bodies("UsageQueue"), names(operator)) == ([GOOD], [])


def test_what_was_not_shown_is_not_sent(operator: Visitor, filled: FilledStack) -> None:
    filled.reject("m1", WRONG)
    [address] = names(operator)
    asked = hidden(mend(operator, address, quantity="3"))

    for changed in ({**asked, "field-quantity": "4"}, {**asked, "seen": ""}):
        assert "that is not what was shown" in operator.fail("/rejected/send", **changed).text

    assert (filled.bodies("UsageQueue"), len(names(operator))) == ([], 1)


def test_several_are_marked_and_what_is_discarded_is_shown_whole_first(
    operator: Visitor, filled: FilledStack
) -> None:
    filled.reject("m1", {"events": [WRONG, WRONG | {"id": "e2"}, WRONG | {"id": "e3"}]})
    marks = operator.read("/rejected").values()
    marks.pop("pick-2")

    asked = Page(operator.submit("/rejected/discard/confirm", **marks).text)

    assert "Discard 2 events for good?" in asked.text
    assert ('"id": "e1"' in asked.text, '"id": "e2"' in asked.text) == (True, False)
    assert len(names(operator)) == 3, "nothing is done yet"
    marked = {name: value for name, value in hidden(asked).items() if name != "seen"}
    assert "that is not what was shown" in operator.fail("/rejected/discard", **marked).text

    assert "The events are deleted." in operator.go_on("/rejected/discard", **hidden(asked)).text
    assert len(names(operator)) == 1


def test_nothing_marked_and_an_event_that_is_gone_are_said(
    operator: Visitor, visitor: Visitor
) -> None:
    assert "nothing is marked" in operator.fail("/rejected/send/confirm").text
    assert (
        "no such event: x/0" in operator.fail("/rejected/discard/confirm", **{"pick-1": "x/0"}).text
    )
    assert "no such event" in visitor.read("/rejected/event?name=x/0", status=404).text
