"""The deployed API keeps to docs/openapi.yaml, whatever a property-based tester makes up."""

import re
from typing import Any
from urllib.parse import quote

import hypothesis
import pytest
import requests
import schemathesis
import schemathesis.checks
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, Phase, strategies
from marketplace_sandbox.client import MeteringMode
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from local.stack.aws_clients import AwsAccount
from tests.e2e.running_stack import REPOSITORY, RunningStack

pytestmark = pytest.mark.stack

EXAMPLES_MAX = 10
SCHEMA = schemathesis.openapi.from_dict(
    yaml.safe_load((REPOSITORY / "docs" / "openapi.yaml").read_text())
)
OPERATIONS: list[Any] = [one.ok() for one in SCHEMA.get_all_operations() if isinstance(one, Ok)]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]


class Signature(AuthBase):
    """Signs the tester's requests as the SDK does for its own."""

    def __init__(self, account: AwsAccount) -> None:
        key = Credentials(account.access_key_id, account.secret_access_key)
        self._signer = SigV4Auth(key, "execute-api", account.region)

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = AWSRequest(r.method, r.url, data=r.body)
        self._signer.add_auth(signed)
        r.headers.update(dict(signed.headers.items()))
        return r


@pytest.fixture(scope="module")
def key(stack: RunningStack) -> str:
    """Register a buyer; return the key of the subscription, as a path has it."""
    subscription = stack.sell("described", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    assert subscription.license_arn is not None
    license_id = subscription.license_arn.rpartition(":")[2].rpartition("/")[2]
    return quote(f"license#{license_id}", safe="")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
@hypothesis.settings(
    max_examples=EXAMPLES_MAX,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@hypothesis.given(data=strategies.data())
def test_each_operation_keeps_to_its_description(
    data: strategies.DataObject,
    *,
    operation: Any,
    mode: GenerationMode,
    stack: RunningStack,
    key: str,
) -> None:
    case = data.draw(operation.as_strategy(generation_mode=mode))
    # A number instead of a text is wrong to the tester, and the same text in an address.
    account = str((case.query or {}).get("account", ""))
    hypothesis.assume(mode is GenerationMode.POSITIVE or not re.fullmatch("[0-9]{12}", account))
    # Half of what is asked rightly is about a subscription that there is: others end at the door.
    named = str((case.path_parameters or {}).get("subscription", "-"))
    if mode is GenerationMode.POSITIVE and len(named) % 2 == 0:
        case.path_parameters["subscription"] = key

    response = case.call(base_url=stack.addresses.api_url, auth=Signature(stack.aws.account))

    # What usage is, events/usage-event.schema.json says; the description, only that it is JSON.
    is_loose = operation.path == "/usage"
    # A header that the tester leaves out or spoils is the signature, which was put right since.
    wrong = {where for where, part in case.meta.components.items() if part.mode.is_negative}
    is_right = wrong == {ParameterLocation.HEADER}
    left_out = [checks.negative_data_rejection] if is_loose or is_right else []
    case.validate_response(response, checks=CHECKS, excluded_checks=left_out)
