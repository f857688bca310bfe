"""What each release wrote into the usage table can be read by the present code."""

from pathlib import Path

import pytest

from meterhouse.adapters.usage_table import carry_items, sealed_records
from meterhouse.domain.journal import segments
from tests.formats.record import Item, items_written_now, read_items, releases
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command

PRESENT = "unreleased"
RECOVERY = Path(__file__).resolve().parents[3] / "docs" / "disaster-recovery.md"


def kind_of(item: Item) -> str:
    """Return what an item is: its partition's kind, or the first letter of its name."""
    partition, name = str(item["pk"]["S"]), str(item["sk"]["S"])
    return name[0] if partition[0].isdigit() else partition.partition("#")[0]


def shapes(items: list[Item]) -> dict[str, set[tuple[str, str]]]:
    """Return the attributes of each kind of item, with their types."""
    found: dict[str, set[tuple[str, str]]] = {}
    for item in items:
        attributes = {(name, kind) for name, value in item.items() for kind in value}
        found.setdefault(kind_of(item), set()).update(attributes)
    return found


@pytest.mark.parametrize("release", releases())
def test_everything_of_a_release_is_read_and_balances(
    books: Books, command: Command, release: str
) -> None:
    for item in read_items(release):
        books.aws.dynamodb.put_item(TableName=books.table_name, Item=item)

    outcome = command.check()

    assert (outcome.faults(), outcome.exit_code) == (set(), 0)
    standings = outcome.document()["totals"]["standings"]
    assert {place for place, units in standings.items() if units != "0"} >= {
        *("metered", "rejected", "disputed", "expired", "carried")
    }


def test_what_is_written_now_has_been_recorded() -> None:
    """When this fails: can the release before read it? Say so in docs/disaster-recovery.md."""
    assert shapes(items_written_now()) == shapes(read_items(PRESENT))


def test_the_formats_are_those_of_the_table_of_releases() -> None:
    formats = (segments.FORMAT, sealed_records.FORMAT, carry_items.FORMAT)
    said = "segments {}, batches {}, carries {}".format(*formats)

    assert f"| {PRESENT} | {said} |" in RECOVERY.read_text()
