"""A deployed stack, or the local one, by what CloudFormation tells of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from operations.options import Chosen
from operations.resources import describe_stack, stack_clients

type NewClient = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class StackView:
    """What a stack was deployed with, what it says of itself, and who makes clients beside it.

    `client` takes the name of a service and, as boto3 does, a region and credentials by keyword.
    """

    name: str
    region: str
    account: str
    is_local: bool
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    client: NewClient

    def codes(self, parameter: str) -> list[str]:
        """Return what a parameter lists, separated by commas."""
        return [one for one in self.parameters.get(parameter, "").split(",") if one]

    def resource(self, logical_id: str) -> str:
        """Return the physical id of a resource."""
        told = self.client("cloudformation").describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        return str(told["StackResourceDetail"]["PhysicalResourceId"])


def open_stack(chosen: Chosen) -> StackView:
    """Return the stack that is meant; of the local one its register page is where `make up` says.

    Raises OperationError, or what a call does.
    """
    client, local = stack_clients(chosen.stack_name, chosen.directory)
    told = describe_stack(client("cloudformation"), chosen.stack_name)
    outputs = {one["OutputKey"]: one["OutputValue"] for one in told.get("Outputs", [])}
    _, _, _, region, account, *_ = str(told["StackId"]).split(":")
    return StackView(
        name=told["StackName"],
        region=region,
        account=account,
        is_local=bool(local),
        parameters={
            one["ParameterKey"]: one["ParameterValue"] for one in told.get("Parameters", [])
        },
        outputs=outputs | {"RegisterUrl": local["REGISTER_URL"]} if local else outputs,
        client=client,
    )
