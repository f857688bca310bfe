"""Arbitrary and nearly valid bodies: reading never fails, and accepts only what is billable."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from meterhouse.domain.journal.uuid_columns import id_text
from meterhouse.domain.quantity import QUANTITY_MAX
from meterhouse.domain.usage.events import CLOCK_SKEW, Rejection, UsageEvent
from tests.unit.domain.builders import (
    LICENSE_ARN,
    PRODUCT_CODE,
    READ_AT,
    USAGE,
    read_body,
    segment_of,
)

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([LICENSE_ARN, "1e5", "12.5", "2026-11-18T12:00:00Z", "\ud800", "1.0"])
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = st.sampled_from([*USAGE, "tags", "specversion", "data", "source", "subject", "events"])
_SUBSCRIPTIONS = st.fixed_dictionaries(
    {"product_code": st.just(PRODUCT_CODE) | _SCALARS},
    optional={"customer_identifier": st.text() | _SCALARS, "customer_aws_account_id": _SCALARS},
)
_NEARLY_VALID = st.builds(
    lambda changed, removed: {
        name: value for name, value in ({**USAGE, **changed}).items() if name != removed
    },
    st.dictionaries(_FIELDS, _JSON | _SUBSCRIPTIONS, max_size=2),
    st.none() | _FIELDS,
)
_NUMBER_TEXTS = st.from_regex(r"-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,9})?([eE][-+]?[0-9]{1,3})?")


def assert_is_billable_or_explained(member: UsageEvent | Rejection) -> None:
    match member:
        case UsageEvent(event_id, home, quantity, occurred_at, tags):
            assert type(quantity) is Decimal
            assert 0 <= quantity <= QUANTITY_MAX
            assert quantity == round(quantity, 6)
            assert 1 <= len(event_id) <= 128
            assert home.hour_at <= occurred_at < home.hour_at + timedelta(hours=1)
            assert occurred_at <= READ_AT + CLOCK_SKEW
            assert len(tags) <= 5
            # Whatever is accepted can be named by a sort key of DynamoDB, and journalled.
            assert len(f"{home.subscription}|{home.dimension}".encode()) <= 1_024
            segment = segment_of(member, hour_at=home.hour_at)
            assert [one.meter for one in segment.meters] == [home.meter]
            assert [id_text(one) for one in segment.ids] == [event_id]
            assert list(segment.entries) == [(quantity, tags)]
        case Rejection(message_id, _, faults, _):
            assert message_id == "m1"
            assert all(fault.code.isascii() and fault.sentence for fault in faults)
            assert len(set(faults)) == len(faults) > 0


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_understood_or_rejected(body: str) -> None:
    for member in read_body(body):
        assert_is_billable_or_explained(member)


@given(_JSON)
def test_any_json_is_understood_or_rejected(document: Any) -> None:
    members = read_body(json.dumps(document))

    assert members, "nothing disappears"
    for member in members:
        assert_is_billable_or_explained(member)


@settings(max_examples=300)
@given(st.lists(_NEARLY_VALID, min_size=1, max_size=4))
@example([{**USAGE, "subscription": {"product_code": "p", "customer_identifier": "\ud800"}}])
@example([{**USAGE, "dimension": "\U0001f600" * 255}])
def test_every_nearly_valid_event_is_understood_or_rejected_on_its_own(
    events: list[dict[str, Any]],
) -> None:
    members = read_body(json.dumps({"events": events}))

    assert len(members) == len(events)
    for member in members:
        assert_is_billable_or_explained(member)


@given(_NUMBER_TEXTS)
def test_any_json_number_is_a_quantity_or_a_rejection(number_text: str) -> None:
    body = json.dumps({**USAGE, "quantity": "Q"}).replace('"Q"', number_text)
    (member,) = read_body(body)

    assert_is_billable_or_explained(member)
    if isinstance(member, UsageEvent):
        assert member.quantity == Decimal(number_text)
