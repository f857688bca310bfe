"""What needs a person stands on one page, with the redrive beside it: said first, then done."""

from loopback_console.testing.visiting import Page, Visitor

from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.settlement import Operator
from tests.fakes.meterhouse import HOUR, NOON
from tests.integration.operations.console.filled_stack import CALLER, FilledStack
from tests.unit.operations.lives import EveryState, find_record

PATH = "/needs-a-person"


def confirm(operator: Visitor, *keys: RecordKey) -> Page:
    fields = {f"pick-{number}": str(key) for number, key in enumerate(keys)}
    answer = operator.submit("/redrive/confirm", **fields)
    assert answer.status_code == 200, Page(answer.text).text
    return Page(answer.text)


def hidden(page: Page) -> dict[str, str]:
    return {one["name"]: one["value"] for one in page.all("input") if one["type"] == "hidden"}


def state_of(filled: FilledStack, key: RecordKey) -> RecordState:
    batch, place = find_record(filled.house.ledger, key)
    return batch.records[place].state


def test_what_ended_unbilled_is_named_by_its_reason_in_the_runbook_s_words(
    visitor: Visitor, keys: EveryState
) -> None:
    page = visitor.read(PATH)

    for key in (keys.rejected, keys.disputed, keys.expired):
        assert key.subscription in page.text
    assert keys.metered.subscription not in page.text
    assert "REJECTED InvalidLicenseException · 1 record, 2 units" in page.text
    assert "DISPUTED DuplicateRecord · 1 record, 3 units" in page.text
    assert "AWS holds another quantity" in page.text, "the runbook's words"
    assert page.all("button") == [], "it only looks"
    order = [page.text.index(f"{units} units") for units in ("4", "3", "2")]
    assert order == sorted(order), "what weighs most stands first"


def test_only_what_aws_surely_does_not_bill_can_be_redriven(
    operator: Visitor, keys: EveryState
) -> None:
    page = operator.read(PATH)

    forms = [one["action"] for one in page.all("form")]
    assert sorted(forms) == ["/redrive/confirm", "/write-off/confirm", "/write-off/confirm"]
    assert page.text.count("It cannot be redriven") == 2
    page = operator.fail("/redrive/confirm", **{"pick-1": str(keys.disputed)})
    assert "cannot be redriven: record is DISPUTED, not REJECTED" in page.text


def test_a_redrive_is_said_first_and_then_done(
    operator: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    asked = confirm(operator, keys.rejected)

    assert "Redrive 1 record?" in asked.text
    assert "2 units are billed" in asked.text
    assert "its quantity is billed with the current hour, if at all" in asked.text
    assert state_of(filled, keys.rejected) is RecordState.REJECTED, "nothing is done yet"

    page = operator.go_on("/redrive", **hidden(asked), reason="license mended", by="Ada")

    assert "The records are redriven" in page.text
    ledger = filled.house.ledger
    assert isinstance(ledger, UsageTable)
    [entry] = ledger.audit_trail(NOON, filled.house.clock.now(), count_max=9)
    assert (entry.reason, entry.operator) == ("license mended", Operator(CALLER, "Ada"))
    assert state_of(filled, keys.rejected) is RecordState.CARRIED
    assert "api_calls, 2026-11-18 12:00 CARRIED" in page.text


def test_several_are_redriven_at_once(operator: Visitor, filled: FilledStack) -> None:
    house = filled.house
    buyers = [house.buyer(), house.buyer()]
    house.drain(*(house.event(one, quantity=2, dimension="no_such") for one in buyers))
    house.clock.move_to(NOON + 2 * HOUR)
    house.reconcile()
    house.clock.move_to(NOON + 26 * HOUR)
    filled.stack.at = house.clock.now()
    keys = [house.key(one)._replace(dimension="no_such") for one in buyers]

    page = operator.go_on("/redrive", **hidden(confirm(operator, *keys)))

    assert "The records are redriven" in page.text
    assert "No record was rejected" in page.text
    assert {state_of(filled, one) for one in keys} == {RecordState.CARRIED}


def test_inside_aws_s_24_hours_the_frozen_record_is_sent_again(
    operator: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    filled.stack.at = NOON + 23 * HOUR

    assert "the frozen record is sent again, unchanged" in confirm(operator, keys.rejected).text


def test_what_was_not_shown_is_not_done(
    operator: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    filled.stack.at = NOON + 23 * HOUR
    asked = confirm(operator, keys.rejected)
    # Meanwhile the 24 hours pass: it would be billed with another hour.
    filled.stack.at = NOON + 25 * HOUR

    for fields in (hidden(asked), {"pick-1": str(keys.rejected)}):
        page = operator.fail("/redrive", **fields)
        assert "that is not what was shown" in page.text
    assert state_of(filled, keys.rejected) is RecordState.REJECTED


def test_what_the_run_refused_is_said(
    operator: Visitor, keys: EveryState, filled: FilledStack
) -> None:
    book = filled.house.subscriptions.subscriptions
    asked = confirm(operator, keys.rejected)
    del book[keys.rejected.subscription]

    answer = operator.submit("/redrive", **hidden(asked))

    assert answer.status_code == 503
    told = Page(answer.text).text
    assert f"0 of 1 were redriven, and not {keys.rejected}: subscription_unknown" in told


def test_nothing_marked_and_strange_names_do_nothing(operator: Visitor, keys: EveryState) -> None:
    assert "nothing is marked" in operator.fail("/redrive/confirm").text
    faults = {
        "nonsense": "'nonsense' names no record",
        str(keys.metered): f"{keys.metered} cannot be redriven: record is METERED",
        str(keys.metered._replace(dimension="none")): "cannot be redriven: there is no record",
    }
    for name, fault in faults.items():
        page = operator.fail("/redrive/confirm", **{"pick-1": str(keys.rejected), "pick-2": name})
        assert fault in page.text


def test_who_only_looks_cannot_ask_either(visitor: Visitor, keys: EveryState) -> None:
    answer = visitor.submit("/redrive/confirm", **{"pick-1": str(keys.rejected)})

    assert answer.status_code == 403


def test_where_nothing_needs_anybody_the_page_says_so(visitor: Visitor) -> None:
    assert "No record was rejected, disputed or expired with units." in visitor.read(PATH).text
