"""`explain`: everything that an operator can meet has its words, and they are the runbook's."""

import json

import pytest
from typer.testing import CliRunner

from meterhouse.domain.records.reasons import REFUSED_PREFIX, UNKNOWN_STATUS_PREFIX, Reason
from meterhouse.domain.subscriptions.state import Flag, Phase
from operations.__main__ import app
from operations.findings import FaultKind
from operations.runbook import meaning_of
from tests.template.cloudformation import document, forwarding_document
from tests.unit.test_runbook import codes_of_refused_usage

NAMES = (
    *Reason,
    *FaultKind,
    *Flag,
    *Phase,
    *sorted(codes_of_refused_usage()),
    f"{REFUSED_PREFIX}SomeNewException",
    f"{UNKNOWN_STATUS_PREFIX}SomeNewStatus",
)


def explain(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["explain", *words])
    return result.exit_code, " ".join(result.stdout.split()), result.stderr


@pytest.mark.parametrize("name", dict.fromkeys(NAMES))
def test_everything_that_an_operator_can_meet_is_explained(name: str) -> None:
    code, said, _ = explain(name, "--json")

    assert code == 0
    entries = json.loads(said)["entries"]
    assert all(len(one["columns"]) > 1 and all(one["columns"].values()) for one in entries)


ALARMS = {
    name: str(resource["Properties"]["AlarmDescription"])
    for template in (document(), forwarding_document())
    for name, resource in template["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_every_alarm_names_what_explains_it(alarm: str) -> None:
    assert ALARMS[alarm].endswith(f"What to do: docs/runbook.md, {alarm}.")

    code, said, _ = explain(f"meterhouse-{alarm}-1AB2CD3EF4GH5", "--json")

    assert code == 0
    assert "Alarms" in {one["section"] for one in json.loads(said)["entries"]}


def test_what_a_row_refers_to_is_shown_with_it() -> None:
    code, said, _ = explain("TIME_too_old")

    assert code == 0
    assert "Reasons on refused usage" in said
    assert "Never give it another time or id to get it past the bound" in said


def test_a_name_that_is_unknown_is_answered_with_one_that_may_be_meant() -> None:
    code, said, wrong = explain("before_stat")

    assert (code, said) == (2, "")
    assert "nothing on 'before_stat'; did you mean before_start?" in wrong


def test_without_a_name_all_are_listed() -> None:
    code, said, _ = explain()

    assert code == 0
    assert all(name in said for name in [*Reason, *FaultKind])


@pytest.mark.parametrize("reason", [*Reason, "InvalidUsageDimensionException"])
def test_every_reason_on_a_record_has_a_meaning_in_plain_words(reason: str) -> None:
    meaning = meaning_of(reason)

    assert meaning
    assert "](" not in meaning, "a link is read as its text"
    assert meaning_of("nobody_gives_this_reason") == ""
