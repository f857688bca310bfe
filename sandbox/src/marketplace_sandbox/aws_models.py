"""AWS's service models, read once from botocore and handed to the core as plain data."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.protocol.model_shapes import OperationModel, compile_operations

SERVICES = tuple(dict.fromkeys(operation.about.service for operation in Operation))


@cache
def model_loader() -> Loader:
    """Return what reads botocore's own models: no profile and no model of the user's interferes."""
    return Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


@cache
def raw_model(service: str) -> Mapping[str, Any]:
    """Load the model of one service as botocore ships it, with its documentation."""
    description: Mapping[str, Any] = model_loader().load_service_model(service, "service-2")
    return description


@cache
def service_model(service: str) -> ServiceModel:
    """Load boto3's own view of the model of one service."""
    return ServiceModel(raw_model(service), service_name=service)


@cache
def operation_models() -> Mapping[Operation, OperationModel]:
    """Compile the operations that the sandbox performs, as far as this botocore knows them."""
    found = {
        name: model
        for service in SERVICES
        for name, model in compile_operations(raw_model(service), service=service).items()
    }
    return {operation: found[operation] for operation in Operation if operation in found}
