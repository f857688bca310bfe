"""What the sandbox's bench counts and reports; how fast it was is nobody's business here."""

import json

from bench.__main__ import sentences_of, table_of, to_document
from bench.speed import Level, Pace, Speed, measure

SLOW = Pace(calls_per_second=100, median_ms=10, p99_ms=20, cpu_ms=8)
FAST = Pace(calls_per_second=400, median_ms=2.5, p99_ms=5, cpu_ms=2)


def test_it_fills_the_bill_to_each_level_before_it_measures() -> None:
    told: list[str] = []

    speed = measure((0, 300), calls_timed=2, report=told.append)

    assert told == ["0 billed: timing", "300 billed: filling", "300 billed: timing"]
    assert [level.billed_records for level in speed.levels] == [0, 300]
    assert all(level.over_http.calls_per_second > 0 for level in speed.levels)
    assert speed.bytes_per_record is None


def test_it_reports_the_last_level_against_an_empty_sandbox() -> None:
    speed = Speed(
        (Level(0, FAST, SLOW, 1.0), Level(1_000_000, SLOW, SLOW, 1.25)), bytes_per_record=1234.5
    )

    document = json.loads(json.dumps(to_document(speed, load=0.5, processors=2)))

    assert document["levels"][1]["times_empty"] == 1.25
    assert document["levels"][1]["in_process"] == {
        "calls_per_second": 100,
        "median_ms": 10,
        "p99_ms": 20,
        "cpu_ms": 8,
    }
    text = " ".join(sentences_of(speed, load=0.5, processors=2))
    assert "at 1,000,000 billed records takes 1.25 times the processor time of one at 0" in text
    assert "1,234 bytes" in text
    assert table_of(speed).row_count == 2
