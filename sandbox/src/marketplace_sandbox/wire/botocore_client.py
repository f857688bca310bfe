"""boto3's clients without a socket: botocore's own validator, serializer and parser around a call.

A wrong parameter raises ParamValidationError and a refusal ClientError, exactly as with boto3.
Unlike boto3's clients they never retry: what AWS answers is what the caller sees.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from botocore.errorfactory import ClientExceptionsFactory
from botocore.model import OperationModel, ServiceModel
from botocore.paginate import Paginator
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from marketplace_sandbox.aws_models import SERVICES, model_loader, service_model
from marketplace_sandbox.core.answer_request import AwsAnswer

_PROTOCOL = "json"  # which boto3 chooses for all services today

type Answer = Callable[[str, bytes], AwsAnswer]


@cache
def client_exceptions(service: str) -> Any:  # noqa: ANN401 - botocore builds its classes at run time
    """Return what boto3's client of a service offers as `client.exceptions`."""
    return ClientExceptionsFactory().create_client_exceptions(service_model(service))


@cache
def _operations(service: str) -> Mapping[str, str]:
    """Map the methods of boto3's client of a service to its operations."""
    return {xform_name(name): name for name in service_model(service).operation_names}


class InProcessClient:
    """boto3's client of one service, answered by a function instead of a host.

    Attributes:
        exceptions: the service's errors as classes.
        meta: `region_name` and `service_model`, as boto3's.

    """

    def __init__(
        self,
        service: str,
        answer: Answer,
        *,
        region: str,
        make_token: Callable[[], str],
    ) -> None:
        self._service = service
        self._answer = answer
        self._make_token = make_token
        self._serializer = create_serializer(_PROTOCOL)
        self._parser = create_parser(_PROTOCOL)
        self.exceptions = client_exceptions(service)
        self.meta = SimpleNamespace(region_name=region, service_model=service_model(service))

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = _operations(self._service).get(name)
        if operation is None:
            raise AttributeError(f"the client of {self._service} has no {name}")
        return lambda **parameters: self.call(operation, parameters)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def can_paginate(self, method: str) -> bool:
        """Tell whether a method's answers come in pages."""
        operation = _operations(self._service).get(method)
        return operation in _pagination(self._service)

    def get_paginator(self, method: str) -> "Paginator[Any]":
        """Return botocore's paginator of a method that has one."""
        operation = _operations(self._service)[method]
        return Paginator(
            getattr(self, method),
            _pagination(self._service)[operation],
            self._model.operation_model(operation),
        )

    def call(self, operation: str, parameters: Mapping[str, object]) -> dict[str, Any]:
        """Call an operation by AWS's name for it.

        botocore's serializer refuses numbers of a wrong type (`sdk.number-types`) and members that
        the model does not have (`batch.no-dry-run`), and takes a time without a zone for UTC
        (`sdk.naive-times`).
        """
        model = self._model.operation_model(operation)
        request = self._serializer.serialize_to_request(self._complete(parameters, model), model)
        answer = self._answer(request["headers"]["X-Amz-Target"], request["body"])
        response = {
            "status_code": int(answer.status),
            "headers": answer.headers,
            "body": answer.body,
        }
        assert model.output_shape is not None, "all operations answer with a structure"
        parsed: dict[str, Any] = self._parser.parse(response, model.output_shape)
        if "Error" not in parsed:
            return parsed
        code = parsed["Error"]["Code"]
        error_shape = self._model.shape_for_error_code(code)
        if error_shape is not None:  # boto3 adds the members of an error that its model knows
            parsed |= self._parser.parse(response, error_shape)
        raise self.exceptions.from_code(code)(parsed, model.name)

    @property
    def _model(self) -> ServiceModel:
        return service_model(self._service)

    def _complete(
        self, parameters: Mapping[str, object], model: OperationModel
    ) -> Mapping[str, object]:
        """Add the tokens that boto3 makes up for whoever names none."""
        missing = [name for name in model.idempotent_members if name not in parameters]
        return {**parameters, **{name: self._make_token() for name in missing}}


@cache
def _pagination(service: str) -> Mapping[str, Any]:
    loader = model_loader()
    if service not in loader.list_available_services("paginators-1"):
        return {}
    found: Mapping[str, Any] = loader.load_service_model(service, "paginators-1")["pagination"]
    return found


@dataclass(frozen=True, slots=True)
class ClientFactory:
    """Makes clients that all get their answers from one place."""

    answer: Answer
    region: str
    make_token: Callable[[], str]

    def make(self, service: str) -> InProcessClient:
        """Make the client of one of the services that the sandbox has operations of."""
        if service not in SERVICES:
            raise ValueError(f"the sandbox has no service {service}")
        return InProcessClient(service, self.answer, region=self.region, make_token=self.make_token)
