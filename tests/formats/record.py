"""Write down what the usage table holds after a life in every state.

`python -m tests.formats.record unreleased`; before a release under the release's name.
"""

import base64
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from meterhouse.adapters.usage_table.layout import LaidOutUsageTable
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.template.cloudformation import TABLE, resources
from tests.unit.operations.lives import live_into_every_state

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE_NAME = "UsageTable"
_FOLDER = Path(__file__).parent
Item = dict[str, dict[str, Any]]


def releases() -> list[str]:
    """Return the releases of which items are kept."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def read_items(release: str) -> list[Item]:
    """Return the items that a release wrote."""
    items: list[Item] = json.loads((_FOLDER / f"{release}.json").read_text())
    return [_with_bytes(item) for item in items]


def items_written_now() -> list[Item]:
    """Return what the present code writes in a life that meets every state; always the same."""
    with mock_aws():
        client = boto3.client("dynamodb", "us-east-1")
        create_table(client)
        ledger = LaidOutUsageTable(client, TABLE_NAME, 1)
        ledger.hold()
        house = Meterhouse(ledger)
        live_into_every_state(house)
        for _ in range(3):
            house.clock.move_to(house.clock.now() + 24 * HOUR)
            house.reconcile()
        items: list[Any] = client.scan(TableName=TABLE_NAME, ConsistentRead=True)["Items"]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def create_table(client: "DynamoDBClient") -> None:
    """Create the usage table of the template."""
    properties = resources(TABLE)["UsageTable"]
    names = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    client.create_table(TableName=TABLE_NAME, **{name: properties[name] for name in names})


def _with_bytes(item: Item) -> Item:
    return {
        name: {kind: base64.b64decode(value) if kind == "B" else value}
        for name, attribute in item.items()
        for kind, value in attribute.items()
    }


def _plain(value: object) -> str:
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


if __name__ == "__main__":
    text = json.dumps(items_written_now(), indent=1, sort_keys=True, default=_plain)
    (_FOLDER / f"{sys.argv[1]}.json").write_text(f"{text}\n")
