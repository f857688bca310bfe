"""`sweep`: runs of the function until the sweep is finished, and what is said of them."""

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.unit.operations.functions import run, will_answer

DONE: dict[str, Any] = {
    "swept": 40,
    "learned": 3,
    "refused": 0,
    "left": None,
    "updated_until": "2026-11-22T18:31:00+00:00",
    "out_of_sight": None,
    "out_of_sight_ids": [],
    "entitlements_left": 0,
}
CUT = DONE | {"swept": 3_000, "learned": 6_000, "left": "no time"}


def test_it_repeats_runs_until_the_sweep_is_finished(functions: Stubber) -> None:
    will_answer(functions, {"from_beginning": True}, CUT)
    will_answer(functions, {}, CUT)
    will_answer(functions, {}, DONE | {"out_of_sight": 0})

    code, said, progress = run("sweep", "--from-beginning", "--yes", "--json")

    document = json.loads(said)
    assert code == 0
    assert document["function"] == "f"
    counts = ("runs", "swept", "learned", "out_of_sight")
    assert [document[name] for name in counts] == [3, 6_040, 12_003, 0]
    assert progress.count("it goes on") == 2


def test_it_asks_first(functions: Stubber) -> None:
    code, said, _ = run("sweep", typed="n\n")
    assert code == 1
    assert "the agreements that changed" in said
    will_answer(functions, {}, DONE)

    assert run("sweep", typed="y\n")[0] == 0


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"left": "AWS throttles"}, "repeat the command, without --from-beginning"),
        ({"left": "another run sweeps"}, "repeat the command"),
        ({"refused": 2}, "agreement_refused"),
        ({"entitlements_left": 2}, "Of 2 subscriptions it stays unknown what they hold"),
    ],
)
def test_what_is_not_done_is_said(functions: Stubber, told: dict[str, Any], sentence: str) -> None:
    will_answer(functions, {}, DONE | told)

    code, said, _ = run("sweep", "--yes")

    assert code == 1
    assert sentence in said


def test_an_answer_of_another_function_is_none(functions: Stubber) -> None:
    will_answer(functions, {}, {"due": 0})

    code, said, _ = run("sweep", "--yes")

    assert code == 1
    assert "not answered" in said


def test_what_aws_did_not_show_is_named(functions: Stubber) -> None:
    will_answer(
        functions, {}, DONE | {"out_of_sight": 1, "out_of_sight_ids": ["agmt-of-a-partner"]}
    )

    code, said, _ = run("sweep", "--yes")

    assert code == 0
    assert "agmt-of-a-partner" in said
    assert "sold by partners" in said


def test_a_run_that_fails_ends_the_command_with_its_reason(functions: Stubber) -> None:
    failure = {"errorType": "MarketplaceRefusedError", "errorMessage": "SearchAgreements: denied"}
    will_answer(functions, {}, failure, FunctionError="Unhandled")

    code, _, said = run("sweep", "--yes")

    assert code == 2
    assert "SearchAgreements: denied" in said
