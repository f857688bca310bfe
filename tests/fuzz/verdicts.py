"""How many examples, and what must be true after any of them."""

import os
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings

from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import Segment, decode_segment
from meterhouse.domain.journal.uuid_columns import id_text
from meterhouse.ports.ledger import UsageLedger
from tests.fuzz.batches import Expectation

if TYPE_CHECKING:
    from decimal import Decimal

    from tests.fuzz.usage import Home, Tags

# Whatever hour usage may be told for.
FIRST_AT, LAST_AT = datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
EXAMPLES = os.environ.get("FUZZ_EXAMPLES")


def fuzz(examples: int) -> settings:
    """Return the same examples in every run; FUZZ_EXAMPLES=20000 looks for new ones instead."""
    return settings(
        max_examples=int(EXAMPLES or examples),
        derandomize=EXAMPLES is None,
        database=None,
        print_blob=True,
        # Explaining a failure takes minutes with bodies of a megabyte.
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def assert_journal_holds(
    expectation: Expectation, ledger: UsageLedger, *, deliveries: int = 1
) -> None:
    """Hold that the journal has every valid event under its own hour, once, and nothing else."""
    found: dict[tuple[Home, str], list[tuple[Decimal, Tags]]] = {}
    for head in ledger.heads_between(FIRST_AT, LAST_AT):
        assert list(floats_in(ledger.batches(head.log))) == []
        for segment in _counting(ledger, head):
            assert segment.hour_at == head.log.hour_at
            assert list(floats_in(segment)) == []
            for home, event_id, entry in _events_of(segment):
                found.setdefault((home, event_id), []).append(entry)
    assert found.keys() == expectation.usage.keys()
    for identity, written in expectation.usage.items():
        # One id with two quantities: both may stand in the journal, the smaller is what counts.
        assert min(found[identity]) == min(written), identity
        assert set(found[identity]) <= set(written), identity
        # A segment of another delivery may repeat what is there; repeats are dropped at closing.
        assert len(found[identity]) <= len(written) * deliveries, identity


def _counting(ledger: UsageLedger, head: Head) -> Iterator[Segment]:
    """Yield what is in a manifest, or will be when its generation is closed."""
    manifests = ledger.manifests(head.log)
    for one in ledger.segments(head.log, 0):
        if one.generation >= head.open or one.name in manifests[one.generation]:
            yield decode_segment(one.name, one.blob)


def _events_of(segment: Segment) -> "Iterator[tuple[Home, str, tuple[Decimal, Tags]]]":
    """Yield what producers reported; what was carried from another hour is counted there."""
    for meter, start, end, _ in () if segment.origin else segment.meters:
        home = (*meter, segment.hour_at)
        for place in range(start, end):
            yield home, id_text(segment.ids[place]), segment.entries[place]


def floats_in(value: object) -> Iterator[float]:
    """Yield every float in a value, however deep it stands."""
    match value:
        case float():
            yield value
        case tuple() | list():
            for member in value:
                yield from floats_in(member)
        case _ if is_dataclass(value):
            for one in fields(value):
                yield from floats_in(getattr(value, one.name))
        case _:
            return


def assert_explained(code: object, sentence: object) -> None:
    """Hold that a rejection has a code for programs and a sentence for people."""
    assert isinstance(code, str)
    assert isinstance(sentence, str)
    assert code.replace("_", "").isalpha()
    assert " " in sentence
