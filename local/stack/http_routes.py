"""The routes of the HTTP API, which the emulator deploys without any.

`AWS::Serverless::HttpApi` becomes an `AWS::ApiGatewayV2::Api` whose OpenAPI `Body` holds the
routes. The emulator ignores that property, so the routes are created here from the very same
`Body`, beside the template, as API Gateway itself would import them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.stack.aws_clients import AwsAccess
from local.stack.deployment import Deployment
from local.stack.errors import StackError

_API_TYPE = "AWS::ApiGatewayV2::Api"
_DEFAULT_PATH = "/$default"
_FUNCTION_IN_ADDRESS = re.compile(r"\$\{(?P<logical_id>\w+)\.(Arn|Alias)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path of an HTTP API, and the function behind it."""

    method: str
    path: str
    function_logical_id: str
    is_signed: bool = False

    @property
    def key(self) -> str:
        """The route key of API Gateway, such as `POST /register`."""
        is_default = self.path == _DEFAULT_PATH
        return self.path.removeprefix("/") if is_default else f"{self.method} {self.path}"


def read_routes(open_api_body: Mapping[str, Any]) -> Iterator[Route]:
    """Read the routes of an OpenAPI document whose integrations are Lambda functions."""
    for path, operations in open_api_body.get("paths", {}).items():
        for method, operation in operations.items():
            address = _integration(open_api_body, operation)["uri"]["Fn::Sub"]
            found = _FUNCTION_IN_ADDRESS.search(str(address))
            if found is None:
                raise StackError(f"no function in the integration of {method} {path}: {address}")
            name = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            yield Route(name, path, found["logical_id"], is_signed=bool(operation.get("security")))


def _integration(open_api_body: Mapping[str, Any], operation: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as JSON is
    """Return an operation's integration, which several may have in common."""
    integration = operation["x-amazon-apigateway-integration"]
    if "$ref" not in integration:
        return integration
    *_, kind, name = integration["$ref"].split("/")
    return open_api_body["components"][kind][name]


def create_routes(aws: AwsAccess, deployment: Deployment) -> tuple[str, tuple[Route, ...]]:
    """Create integrations and routes of the template's only HTTP API; return its id and routes."""
    apis = deployment.logical_ids_of_type(_API_TYPE)
    if len(apis) != 1:
        raise StackError(f"expected one HTTP API in the template, found {len(apis)}")
    api_id = deployment.physical_id(apis[0])
    body = deployment.processed_template["Resources"][apis[0]]["Properties"]["Body"]
    routes = tuple(read_routes(body))
    http_apis, functions = aws.http_apis(), aws.functions()
    for function in {route.function_logical_id for route in routes}:
        configuration = functions.get_function(FunctionName=deployment.physical_id(function))
        integration = http_apis.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=configuration["Configuration"]["FunctionArn"],
            PayloadFormatVersion="2.0",
        )
        for route in routes:
            if route.function_logical_id == function:
                target = f"integrations/{integration['IntegrationId']}"
                # The emulator checks signature and right as AWS does, where a route asks for it.
                http_apis.create_route(
                    ApiId=api_id,
                    RouteKey=route.key,
                    Target=target,
                    AuthorizationType="AWS_IAM" if route.is_signed else "NONE",
                )
    return api_id, routes
