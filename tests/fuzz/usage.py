"""Usage that must be taken: every way of writing it, beside what it means.

The meaning is put together by hand, next to the text; nothing of the application is asked.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st

Tags = tuple[tuple[str, str], ...]
# What a record is named by: subscription, dimension, and the hour.
Home = tuple[str, str, datetime]

_LICENSE = "l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"
_LEGACY = {"product_code": "3cxm4ss7bq0p1v9d2ak6t8ynz"}
SUBSCRIPTIONS = (
    (f"arn:aws:license-manager::294406891311:license:{_LICENSE}", f"license#{_LICENSE}"),
    (f"aws:license-manager::294406891311:license/{_LICENSE}", f"license#{_LICENSE}"),
    ("arn:aws:license-manager::294406891311:license:l-other", "license#l-other"),
    (
        _LEGACY | {"customer_identifier": "ifAPi5AcF3"},
        "customer#3cxm4ss7bq0p1v9d2ak6t8ynz#ifAPi5AcF3",
    ),
    (
        _LEGACY | {"customer_aws_account_id": "444455556666"},
        "account#3cxm4ss7bq0p1v9d2ak6t8ynz#444455556666",
    ),
)
DIMENSIONS = ("api_calls", "gigabytes", "größe|#", "\U0001f4be" * 60, "\x00")
EVENT_IDS = ("a", "b", "c", "\x00", "ü" * 128, "\U0001f600" * 128, "/", '"')
TAG_SETS: tuple[dict[str, str], ...] = (
    {},
    {"team": "search"},
    {"team": "ads", "env": "prod"},
    {"k" * 100: "v" * 256},
    {f"{n}": "/@ +-=." for n in range(5)},
)
# How long ago usage happened: within the clock's skew, this hour, the last one, a day, and as long
# ago as is taken.
AGES = (
    *(timedelta(minutes=minutes) for minutes in (-5, 0, 1, 50, 70, 130, 1_500)),
    *(timedelta(days=days) for days in (30, 31)),
)
OFFSETS = tuple(timezone(timedelta(minutes=minutes)) for minutes in (0, 330, -720, 765))


@dataclass(frozen=True, slots=True)
class Usage:
    """What one event means; without an id or a time its message names it."""

    subscription: str
    dimension: str
    quantity: Decimal
    tags: Tags
    event_id: str | None
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """One event as it is written; `usage` is None if it must be rejected."""

    text: str
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Written:
    """A value and one of the ways to write it in JSON."""

    text: str
    means: Decimal


@st.composite
def quantities(draw: st.DrawFn) -> Written:
    """Write a quantity of up to 10 integer and 6 fraction digits, as a number or as text."""
    whole = draw(st.integers(0, 9_999_999_999) | st.sampled_from([0, 1, 2_147_483_648]))
    digits = draw(st.text("0123456789", max_size=6))
    spare_zeros = draw(st.sampled_from(["", "0", "000000000"])) if digits else ""
    means = Decimal(int(f"{whole}{digits}")) / 10 ** len(digits)
    plain = f"{whole}.{digits}{spare_zeros}" if digits else str(whole)
    shape = draw(st.sampled_from(["number", "text", "exponent"]))
    match shape:
        case "number":
            return Written(plain, means)
        case "text":
            return Written(json.dumps(plain), means)
        case _:
            scaled = int(f"{whole}{digits}{spare_zeros}")
            return Written(f"{scaled}e-{len(digits + spare_zeros)}", means)


@st.composite
def moments(draw: st.DrawFn, now_at: datetime) -> tuple[str, datetime]:
    """Write a moment in one of the ways of RFC 3339."""
    moment = now_at.astimezone(UTC) - draw(st.sampled_from(AGES))
    if draw(st.booleans()):
        moment -= timedelta(microseconds=draw(st.integers(1, 999_999)))
    text = moment.astimezone(draw(st.sampled_from(OFFSETS))).isoformat()
    if draw(st.booleans()):
        text = text.replace("+00:00", draw(st.sampled_from(["Z", "z"]))).replace("T", "t")
    return text, moment


@st.composite
def members(draw: st.DrawFn, now_at: datetime) -> Member:
    """Write a valid event, as our own JSON or as a CloudEvent."""
    reference, subscription = draw(st.sampled_from(SUBSCRIPTIONS))
    dimension = draw(st.sampled_from(DIMENSIONS))
    quantity = draw(quantities())
    tags: dict[str, str] = draw(st.sampled_from(TAG_SETS))
    time_text, occurred_at = draw(moments(now_at))
    fields = {
        "subscription": json.dumps(reference),
        "dimension": json.dumps(dimension, ensure_ascii=draw(st.booleans())),
        "quantity": quantity.text,
        "time": json.dumps(time_text),
    }
    if tags:
        fields["tags"] = json.dumps(tags)
    elif draw(st.booleans()):
        fields["tags"] = draw(st.sampled_from(["{}", "null"]))
    usage = Usage(
        subscription, dimension, quantity.means, tuple(sorted(tags.items())), None, occurred_at
    )
    if draw(st.integers(0, 3)) == 0:
        return _cloud_event(draw, fields, usage)
    return _own_event(draw, fields, usage)


def _own_event(draw: st.DrawFn, fields: dict[str, str], usage: Usage) -> Member:
    event_id = draw(st.sampled_from(EVENT_IDS) | st.none())
    occurred_at = usage.occurred_at
    if event_id is not None:
        fields["id"] = json.dumps(event_id)
    if draw(st.integers(0, 5)) == 0:
        occurred_at = None
        del fields["time"]
    meant = Usage(
        usage.subscription, usage.dimension, usage.quantity, usage.tags, event_id, occurred_at
    )
    return Member(write_object(draw(st.permutations(list(fields.items())))), meant)


def _cloud_event(draw: st.DrawFn, data: dict[str, str], usage: Usage) -> Member:
    event_id = draw(st.sampled_from(["a", "ü", "x y"]))
    envelope = {
        "specversion": '"1.0"',
        "id": json.dumps(event_id),
        "source": '"/meter"',
        "type": '"usage"',
        "datacontenttype": '"application/json"',
    }
    if draw(st.booleans()):
        envelope["time"] = data.pop("time")
    if data["subscription"].startswith('"') and draw(st.booleans()):
        envelope["subject"] = data.pop("subscription")
    if draw(st.booleans()):
        envelope["data"] = write_object(list(data.items()))
    else:
        raw = write_object(list(data.items())).encode()
        envelope["data_base64"] = json.dumps(base64.b64encode(raw).decode())
    meant = Usage(
        usage.subscription,
        usage.dimension,
        usage.quantity,
        usage.tags,
        f"/meter {event_id}",
        usage.occurred_at,
    )
    return Member(write_object(list(envelope.items())), meant)


def write_object(fields: list[tuple[str, str]]) -> str:
    """Write a JSON object of values that are written already; a name may come twice."""
    return "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in fields) + "}"
