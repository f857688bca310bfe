"""template-events.yaml as CloudFormation takes it, in an emulated AWS that has every region."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.stack import emulator
from tests.template.cloudformation import FORWARDING_TEMPLATE

NAME = "meterhouse-events"

type Clients = Callable[[str, str], Any]


@pytest.fixture
def clients(emulator_url: str) -> Clients:
    """Return what makes a client of a service in a region."""
    session: Any = boto3.Session(emulator.ACCESS_KEY_ID, emulator.SECRET_ACCESS_KEY)
    config = Config(proxies={}, retries={"total_max_attempts": 1})
    return lambda service, region: session.client(
        service, region, endpoint_url=emulator_url, config=config
    )


@pytest.fixture
def deployed(clients: Clients) -> Iterator[None]:
    deploy(clients, "us-east-1", "eu-central-1")
    yield
    clients("cloudformation", "us-east-1").delete_stack(StackName=NAME)


def deploy(clients: Clients, region: str, main_region: str) -> None:
    stacks = clients("cloudformation", region)
    stacks.create_stack(
        StackName=NAME,
        TemplateBody=FORWARDING_TEMPLATE.read_text(),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": "MainRegion", "ParameterValue": main_region}],
    )
    stacks.get_waiter("stack_create_complete").wait(
        StackName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


@pytest.mark.usefixtures("deployed")
def test_in_us_east_1_a_rule_forwards_awss_events_to_the_main_region(clients: Clients) -> None:
    events = clients("events", "us-east-1")
    (rule,) = events.list_rules()["Rules"]
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]

    assert rule["EventPattern"] == '{"source": ["aws.agreement-marketplace"]}'
    account = target["RoleArn"].split(":")[4]
    assert target["Arn"] == f"arn:aws:events:eu-central-1:{account}:event-bus/default"


@pytest.mark.parametrize(
    ("region", "main_region", "reason"),
    [
        ("eu-central-1", "eu-west-1", "are in us-east-1 only, so deploy this stack there"),
        ("us-east-1", "us-east-1", "MainRegion"),
        ("us-east-1", "Frankfurt", "MainRegion"),
    ],
    ids=["where AWS tells nothing", "into the bus that it listens to", "to no region"],
)
def test_it_is_not_deployed(clients: Clients, region: str, main_region: str, reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        deploy(clients, region, main_region)
