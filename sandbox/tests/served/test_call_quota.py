"""`quota.batch` of a sandbox that is served, which throttles as AWS does."""

from typing import Any

import httpx

from tests.served.serving import serving


def outcomes_over_http(*options: str, calls: int) -> list[str]:
    """Send calls to a served sandbox as fast as they go; return what its list of calls says."""
    headers = {"x-amz-target": "AWSMPMeteringService.BatchMeterUsage"}
    body: dict[str, Any] = {"ProductCode": "nobody", "UsageRecords": []}
    with serving(*options) as (_, url), httpx.Client(base_url=url) as client:
        for _ in range(calls):
            client.post("/", json=body, headers=headers)
        listed = client.get("/_sandbox/calls").json()["calls"]
    return [call["outcome"] for call in listed]


def test_a_served_sandbox_throttles_at_aws_s_number_unless_told_otherwise() -> None:
    # Two hundred calls take less than the nineteen seconds that AWS would let them take.
    assert "ThrottlingException" in outcomes_over_http(calls=200)
    assert "ThrottlingException" not in outcomes_over_http(
        "--metering-calls-per-second", "0", calls=200
    )


def test_a_served_sandbox_takes_another_number() -> None:
    outcomes = outcomes_over_http("--metering-calls-per-second", "1", calls=30)

    assert outcomes[0] != "ThrottlingException"
    assert outcomes.count("ThrottlingException") > 20
