"""What sending usage costs, reckoned by hand beside the count."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from moto import mock_aws

from bench.counting import Bench
from bench.deployment import access_environment, environment
from bench.sending import BILLED_BYTES, EVENTS, WAYS, http_beside_sqs, measure_sending


@pytest.fixture
def bench() -> Iterator[Bench]:
    with mock_aws(), environment(access_environment(None, None)):
        yield Bench()


def test_over_http_a_request_is_a_message_and_the_drain_costs_the_same(bench: Bench) -> None:
    single, packed, single_http, packed_http, full_http = measure_sending(bench)

    assert [single.requests, packed.requests] == [EVENTS // 10, EVENTS // 1_000]
    assert [one.requests for one in (single_http, packed_http, full_http)] == [
        *(EVENTS, EVENTS // 100, EVENTS // 1_000)
    ]
    for one in (single_http, packed_http, full_http):
        assert one.sends == one.requests
    # Some 220 bytes an event: one is billed like 64 KB, and a thousand like four times that.
    assert [single_http.billed_sends, packed_http.billed_sends] == [EVENTS, EVENTS // 100]
    per_message = full_http.message_bytes // full_http.sends
    assert full_http.billed_sends == full_http.sends * -(-per_message // BILLED_BYTES)
    assert {one.events for one in (single, packed, single_http)} == {EVENTS}
    assert http_beside_sqs([packed, packed_http]) == Decimal(1)
    assert [way.name for way in WAYS] == [
        one.way for one in (single, packed, single_http, packed_http, full_http)
    ]
