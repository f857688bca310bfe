"""Deploying the built template as CloudFormation does: upload, create, wait, name what failed."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.stack.aws_clients import AwsAccess
from local.stack.built_template import BuiltTemplate, archive_folder
from local.stack.errors import StackError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STACK_NAME = "meterhouse-local"
_ARTEFACT_BUCKET = "meterhouse-artefacts"
_TEMPLATE_KEY = "template.json"
DEPLOY_SECONDS_MAX = 180.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack: the name AWS gave to each resource, and the template after transforms."""

    physical_ids: Mapping[str, str]
    types: Mapping[str, str]
    outputs: Mapping[str, str]
    processed_template: Mapping[str, Any]

    def physical_id(self, logical_id: str) -> str:
        """Return a resource's physical id; a StackError when the template has no such resource."""
        try:
            return self.physical_ids[logical_id]
        except KeyError:
            raise StackError(f"the deployed template has no resource {logical_id}") from None

    def output(self, name: str) -> str:
        """Return one of the template's outputs; a StackError when it has no such output."""
        try:
            return self.outputs[name]
        except KeyError:
            raise StackError(f"the deployed template has no output {name}") from None

    def logical_ids_of_type(self, resource_type: str) -> tuple[str, ...]:
        """List the resources of one CloudFormation type."""
        return tuple(name for name, kind in self.types.items() if kind == resource_type)


def deploy(aws: AwsAccess, template: BuiltTemplate, parameters: Mapping[str, str]) -> Deployment:
    """Upload the artefacts, create the stack and wait for it; a StackError says what failed."""
    body = template.with_artefacts_at(_upload_artefacts(aws, template))
    # A template in the request itself may have 51,200 bytes.
    aws.client("s3").put_object(Bucket=_ARTEFACT_BUCKET, Key=_TEMPLATE_KEY, Body=body.encode())
    stacks = aws.stacks()
    stacks.create_stack(
        StackName=STACK_NAME,
        TemplateURL=f"https://s3.amazonaws.com/{_ARTEFACT_BUCKET}/{_TEMPLATE_KEY}",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    )
    _wait_until_created(stacks)
    outputs = stacks.describe_stacks(StackName=STACK_NAME)["Stacks"][0].get("Outputs", [])
    resources = stacks.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    processed: Any = stacks.get_template(StackName=STACK_NAME, TemplateStage="Processed")[
        "TemplateBody"
    ]
    return Deployment(
        physical_ids={r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources},
        types={r["LogicalResourceId"]: r["ResourceType"] for r in resources},
        outputs={output["OutputKey"]: output["OutputValue"] for output in outputs},
        processed_template=json.loads(processed) if isinstance(processed, str) else processed,
    )


def _upload_artefacts(aws: AwsAccess, template: BuiltTemplate) -> dict[str, str]:
    buckets = aws.client("s3")
    buckets.create_bucket(
        Bucket=_ARTEFACT_BUCKET,
        CreateBucketConfiguration={"LocationConstraint": aws.account.region},
    )
    addresses = {}
    for logical_id, folder in template.artefacts().items():
        if not folder.is_dir():
            raise StackError(f"{folder} is not built: run `make build`")
        key = f"{logical_id}.zip"
        buckets.put_object(Bucket=_ARTEFACT_BUCKET, Key=key, Body=archive_folder(folder))
        addresses[logical_id] = f"s3://{_ARTEFACT_BUCKET}/{key}"
    return addresses


def _wait_until_created(stacks: "CloudFormationClient") -> None:
    give_up_at = time.monotonic() + DEPLOY_SECONDS_MAX
    status = "CREATE_IN_PROGRESS"
    while status == "CREATE_IN_PROGRESS":
        if time.monotonic() > give_up_at:
            raise StackError(f"the deployment did not finish in {DEPLOY_SECONDS_MAX:.0f} s")
        time.sleep(_POLL_SECONDS)
        status = stacks.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"]
    if status != "CREATE_COMPLETE":
        raise StackError(f"the deployment ended as {status}: {_failures(stacks)}")


def _failures(stacks: "CloudFormationClient") -> str:
    events = stacks.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    return "; ".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    )
