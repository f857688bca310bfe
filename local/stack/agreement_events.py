"""What AWS tells of agreements: the sandbox puts it into the stack's queue, as AWS would.

A bus takes a source that begins with `aws.` from AWS's services alone, the emulator's like AWS's;
and AWS's topics belong to an account of AWS's. So the sandbox stands at the end of both ways: an
event comes as the stack's rule hands it on, and a message in the envelope of a topic, of those
products whose topics the stack's parameters subscribe.
"""

from collections.abc import Iterator, Mapping

from marketplace_sandbox.client import Channel, SandboxClient, SandboxError, TargetKind

from local.stack.aws_clients import AwsAccount
from local.stack.errors import StackError

_TOPICS = {
    "LegacyProductCodes": Channel.SNS_SUBSCRIPTION,
    "LegacyContractCodes": Channel.SNS_ENTITLEMENT,
}


def have_events_sent(
    sandbox_url: str, queue_url: str, account: AwsAccount, parameters: Mapping[str, str]
) -> None:
    """Have the sandbox send to the queue what AWS would send to a stack of these parameters.

    A StackError says why it would not.
    """
    try:
        with SandboxClient(sandbox_url) as sandbox:
            for channel, product_code in _told(parameters):
                sandbox.add_target(
                    TargetKind.SQS,
                    queue_url,
                    endpoint_url=account.endpoint_url,
                    region=account.region,
                    channels=[channel],
                    product_code=product_code,
                )
    except SandboxError as error:
        raise StackError(f"the sandbox does not send AWS's events: {error}") from error


def _told(parameters: Mapping[str, str]) -> Iterator[tuple[Channel, str | None]]:
    yield Channel.EVENTBRIDGE, None
    for parameter, channel in _TOPICS.items():
        for code in filter(None, parameters.get(parameter, "").split(",")):
            yield channel, code
