"""Which of AWS's events and messages the sandbox is asked to send, and where to."""

import dataclasses

import pytest
from marketplace_sandbox.client import SandboxClient

from local.stack.agreement_events import have_events_sent
from local.stack.aws_clients import AwsAccount
from local.stack.errors import StackError

ACCOUNT = AwsAccount("http://127.0.0.1:4566", "us-local-1", "test", "test")
QUEUE_URL = "http://127.0.0.1:4566/000000000000/events"
EVENTS = (["eventbridge"], None)


@pytest.mark.parametrize(
    ("parameters", "messages"),
    [
        ({}, []),
        ({"LegacyProductCodes": "", "LegacyContractCodes": ""}, []),
        ({"LegacyProductCodes": "atlas"}, [(["sns_subscription"], "atlas")]),
        (
            {"LegacyProductCodes": "atlas,borea", "LegacyContractCodes": "borea"},
            [
                (["sns_subscription"], "atlas"),
                (["sns_subscription"], "borea"),
                (["sns_entitlement"], "borea"),
            ],
        ),
    ],
    ids=["no parameters", "no legacy products", "one by usage", "two, one of them by contract"],
)
def test_all_events_are_sent_and_messages_of_the_topics_that_are_subscribed(
    marketplace_url: str,
    parameters: dict[str, str],
    messages: list[tuple[list[str], str]],
) -> None:
    have_events_sent(marketplace_url, QUEUE_URL, ACCOUNT, parameters)

    with SandboxClient(marketplace_url) as sandbox:
        targets = sandbox.list_targets()["event_targets"]
    assert [(one["channels"], one["product_code"]) for one in targets] == [EVENTS, *messages]
    assert {(one["kind"], one["address"], one["region"]) for one in targets} == {
        ("sqs", QUEUE_URL, "us-local-1")
    }
    assert not any(one["is_raw"] for one in targets)


def test_a_sandbox_that_refuses_says_why(marketplace_url: str) -> None:
    elsewhere = dataclasses.replace(ACCOUNT, endpoint_url="http://elsewhere.example")

    with pytest.raises(StackError, match=r"does not send AWS's events: .*on this machine"):
        have_events_sent(marketplace_url, QUEUE_URL, elsewhere, {})
