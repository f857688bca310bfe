"""Sizes as AWS counts them, and usage that is as large as usage may be."""

from collections.abc import Mapping
from random import Random
from typing import Any

from meterhouse.domain.usage.events import Tags

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html, item size
ITEM_BYTES_MAX = 400 * 1024
TAG_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-=._:/@"


def item_bytes(item: Mapping[str, Any]) -> int:
    """Size an item by DynamoDB's rule: names and values in UTF-8, numbers two digits a byte."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "B":
            return len(bytes(held))
        case "N":
            return len(held) // 2 + 2
        case "BOOL":
            return 1
        case _:
            raise AssertionError(f"the ledger writes no attributes of type {kind}")


def large_id(random: Random) -> str:
    """Return 128 characters of four bytes each, which no compression makes much smaller."""
    return "".join(chr(random.randrange(0x20000, 0x2A6DF)) for _ in range(128))


def large_tags(random: Random) -> Tags:
    """Return five tags of the largest key and value; every record has the same five keys."""
    return tuple(
        (str(number) + "k" * 99, "".join(random.choices(TAG_LETTERS, k=256))) for number in range(5)
    )
