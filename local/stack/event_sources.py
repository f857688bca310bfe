"""A queue's event source: made whole after the deployment, then waited for.

CloudFormation turns the text of a Number parameter into a number where a property wants one. The
emulator keeps the text, and its poller then fails to compare it; so the same values are written
once more here, as the numbers they are.
"""

import time

from local.stack.aws_clients import AwsAccess
from local.stack.errors import StackError

_ENABLED_SECONDS_MAX = 30.0
_POLL_SECONDS = 0.2


def rewrite_numbers(aws: AwsAccess, function: str) -> None:
    """Write the numbers of a function's event source mappings as numbers."""
    functions = aws.functions()
    for mapping in functions.list_event_source_mappings(FunctionName=function)[
        "EventSourceMappings"
    ]:
        concurrency = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        functions.update_event_source_mapping(
            UUID=mapping["UUID"],
            BatchSize=int(mapping["BatchSize"]),
            MaximumBatchingWindowInSeconds=int(mapping["MaximumBatchingWindowInSeconds"]),
            ScalingConfig={} if concurrency is None else {"MaximumConcurrency": int(concurrency)},
        )


def wait_until_enabled(aws: AwsAccess, function: str) -> None:
    """Return when the function's event source mappings are enabled, or raise a StackError."""
    functions = aws.functions()
    give_up_at = time.monotonic() + _ENABLED_SECONDS_MAX
    while time.monotonic() < give_up_at:
        mappings = functions.list_event_source_mappings(FunctionName=function)
        states = [mapping.get("State") for mapping in mappings["EventSourceMappings"]]
        if states and all(state == "Enabled" for state in states):
            return
        time.sleep(_POLL_SECONDS)
    raise StackError(f"no queue invokes {function}: its event source is not enabled")
