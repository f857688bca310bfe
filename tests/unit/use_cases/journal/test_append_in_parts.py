"""Usage of an hour that takes several segments, of which some fail: nothing else comes back."""

import pytest

from meterhouse.domain.journal import segments
from meterhouse.domain.journal.segments import decode_segment
from meterhouse.errors import StorageUnavailableError
from tests.unit.use_cases.journal.appending import LOG, known_stage
from tests.unit.use_cases.ledgers import on


@pytest.fixture(autouse=True)
def two_a_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_EVENTS_MAX", 2)


def test_a_write_that_fails_costs_the_events_of_its_segment() -> None:
    stage = known_stage()
    stage.ledger.before = on("append", fail)

    assert stage.append("a", "b", "c", "d", "e") == {LOG}

    assert stage.failed == {LOG: ["a", "b"]}
    names = [decode_segment(one.name, one.blob).ids for one in stage.counting()]
    assert ["c", "d"] in names
    assert ["e"] in names


def test_what_was_written_is_looked_after_though_some_of_its_log_failed() -> None:
    """Its generation is closed meanwhile, so that it is written once more."""
    stage = known_stage()
    stage.ledger.before = on("append", fail)
    stage.ledger.after = on("append", stage.close)

    stage.append("a", "b", "c")

    assert stage.failed == {LOG: ["a", "b"]}
    head = stage.ledger.stored_heads[LOG]
    last = [one for one in stage.counting() if one.generation == head.open]
    assert [decode_segment(one.name, one.blob).ids for one in last] == [["c"]]


def test_of_a_log_that_cannot_be_looked_at_everything_comes_back() -> None:
    stage = known_stage()
    stage.ledger.before = on("heads", fail, times=100)

    stage.append("a", "b", "c")

    assert stage.failed == {LOG: ["a", "b", "c"]}


def fail() -> None:
    raise StorageUnavailableError("down")
