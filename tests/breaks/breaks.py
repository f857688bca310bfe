"""The breaks."""

from tests.breaks.trying import Break

CALLS = "tests/integration/adapters/test_usage_queue.py"

BREAKS: tuple[Break, ...] = (
    Break(
        "adapters/usage_table/drain_notes.py",
        "NOTE_LIFETIME = timedelta(minutes=20)",
        "NOTE_LIFETIME = timedelta(minutes=2)",
        CALLS,
    ),
)
