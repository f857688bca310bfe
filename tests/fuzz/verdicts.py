"""How many examples, and what must be true after any of them."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings

from meterhouse.domain.journal import PageKind
from meterhouse.domain.records import MeteringRecord
from tests.fuzz.batches import Expectation

if TYPE_CHECKING:
    from decimal import Decimal

    from meterhouse.domain.keys import RecordKey
    from tests.fuzz.usage import Home, Tags

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
    expectation: Expectation, records: Iterable[MeteringRecord], *, deliveries: int = 1
) -> None:
    """Hold that the journal has every valid event under its own hour, once, and nothing else."""
    found: dict[tuple[Home, str], list[tuple[Decimal, Tags]]] = {}
    accounts = {(home[0], home[1]) for home, _ in expectation.usage}
    for record in records:
        assert list(floats_in(record)) == []
        assert (record.key.subscription, record.key.dimension) in accounts
        for page in record.pages:
            if page.kind in (PageKind.HOME, PageKind.LATE):
                for entry in page.entries:
                    written = found.setdefault((_home_of(record.key), entry.event_id), [])
                    written.append((entry.quantity, entry.tags))
    assert found.keys() == expectation.usage.keys()
    for identity, written in expectation.usage.items():
        # One id with two quantities: both may stand in the journal, the smaller is what counts.
        assert min(found[identity]) == min(written), identity
        assert set(found[identity]) <= set(written), identity
        # A page of another delivery may repeat what is there; repeats are dropped at sealing.
        assert len(found[identity]) <= len(written) * deliveries, identity


def _home_of(key: "RecordKey") -> "Home":
    return key.subscription, key.dimension, key.hour_at


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
