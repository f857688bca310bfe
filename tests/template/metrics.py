"""Which metrics there are, with which dimensions: AWS's of the template's resources, and ours.

Dimensions are given as `Fn::Sub` writes them in text: `UsageQueue.QueueName`, `DrainUsageFunction`.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.use_cases.accounting.measure_risk import RISK_WINDOWS
from meterhouse.use_cases.billing.report_step import METRICS
from tests.template.cloudformation import FUNCTION, HTTP_API, QUEUE, REPOSITORY, RULE, resources

PACKAGE = REPOSITORY / "layers/meterhouse/python/meterhouse"
SQS_METRICS = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}
LAMBDA_METRICS = {"Errors", "Throttles", "Invocations", "IteratorAge"}
# What the code names by a variable, and the values of it.
_NAMES_OF_VARIABLES = {
    'f"Units{standing.value.capitalize()}"': [f"Units{one.value.capitalize()}" for one in Standing],
    "metric": [*RISK_WINDOWS, *METRICS.values()],
}


def check_published(namespace: str, metric: str, dimensions: Mapping[str, str]) -> None:
    """Fail unless AWS or our code publishes a metric with exactly these dimensions."""
    match namespace, dict(dimensions):
        case "AWS/SQS", {"QueueName": str(value), **rest}:
            queue, _, attribute = value.partition(".")
            assert (queue in resources(QUEUE), attribute) == (True, "QueueName")
            assert metric in SQS_METRICS
        case "AWS/Lambda", {"FunctionName": str(function), **rest}:
            assert function in resources(FUNCTION)
            assert metric in LAMBDA_METRICS
        case "AWS/ApiGateway", {"ApiId": str(api), **rest}:
            assert api in resources(HTTP_API)
            assert metric in {"4xx", "5xx"}
        case "AWS/Events", {"RuleName": str(rule), **rest}:
            assert rule in resources(RULE)
            assert metric == "FailedInvocations"
        case "Meterhouse", {"service": "AWS::StackName", "reason": str(), **rest}:
            assert metric in published_metrics(by_reason=True)
        case "Meterhouse", {"service": "AWS::StackName", **rest}:
            assert metric in published_metrics()
        case unknown:
            pytest.fail(f"nothing publishes {unknown}")
    assert not rest


@cache
def published_metrics(*, by_reason: bool = False) -> frozenset[str]:
    """List what our code counts or measures; or what it counts by reason."""
    names: set[str] = set()
    for call in _reports():
        if by_reason and "reason" not in {keyword.arg for keyword in call.keywords}:
            continue
        name = call.args[0]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            names.add(name.value)
        else:
            names.update(_NAMES_OF_VARIABLES[ast.unparse(name).replace("'", '"')])
    return frozenset(names)


def _reports() -> Iterator[ast.Call]:
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=owner, attr="count" | "gauge")):
                    if ast.unparse(owner).endswith("report"):
                        yield node
                case _:
                    pass
