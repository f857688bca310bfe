"""What the built registration function writes at every log level, under AWS's runtime client."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from marketplace_sandbox.testing import InProcessMarketplace, serve_beside

from bench.artefact import (
    emulated_runtime,
    function_folder,
    invoke,
    layer_folders,
)
from tests.integration.adapters.backends import Aws, Backend, aws_of
from tests.template.cloudformation import document
from tests.unit.functions.lambda_events import post_request, token_form

pytestmark = pytest.mark.artefact

FUNCTION = "RegisterCustomerFunction"
SESSION_TOKEN, EMAIL = "a-session-token", "ada.canary@example.com"
LEVELS = document()["Parameters"]["LogLevel"]["AllowedValues"]


@dataclass(frozen=True, slots=True)
class Written:
    """All that was written while a buyer registered and a stranger failed to."""

    text: str
    secrets: tuple[str, ...]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The lines that are JSON, as nearly all are."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    def level_of(self, message: str) -> str | None:
        return next((one["level"] for one in self.documents if one.get("message") == message), None)

    @property
    def metrics(self) -> set[str]:
        """The metrics of all lines in CloudWatch's embedded format."""
        return {
            metric["Name"]
            for document in self.documents
            if "_aws" in document
            for directive in document["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"]
        }


def registering(aws: Aws, log: Path, variables: dict[str, str]) -> Written:
    marketplace = InProcessMarketplace()
    product = marketplace.create_product()
    agreement = marketplace.create_agreement(product.product_code)
    token = marketplace.mint_token(agreement.agreement_id).token
    path = [function_folder(FUNCTION), *layer_folders()]
    with serve_beside(marketplace) as marketplace_url:
        variables = {
            "AWS_ENDPOINT_URL": aws.dynamodb.meta.endpoint_url,
            "AWS_ENDPOINT_URL_MARKETPLACE_METERING": marketplace_url,
            "AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE": marketplace_url,
            "AWS_SESSION_TOKEN": SESSION_TOKEN,
            "SUBSCRIPTIONS_TABLE": aws.create_table("SubscriptionsTable"),
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "NO_PROXY": "*",
            **variables,
        }
        with emulated_runtime(FUNCTION, path, variables=variables, log=log) as url:
            landed = invoke(url, json.dumps(post_request(token_form(token))))
            reference = re.findall(r'name="registration" value="([^"]+)"', landed["body"])[0]
            form = {"registration": reference, "email": EMAIL, "company": "Engines", "name": "Ada"}
            assert invoke(url, json.dumps(post_request(urlencode(form))))["statusCode"] == 200
            refused = invoke(url, json.dumps(post_request(token_form("no-token"))))
            assert refused["statusCode"] == 403
    secrets = (token, reference, EMAIL, EMAIL.replace("@", "%40"), SESSION_TOKEN)
    return Written(log.read_text(), secrets)


@pytest.fixture
def emulated_aws(request: pytest.FixtureRequest) -> Iterator[Aws]:
    with aws_of(request, Backend.EMULATOR) as aws:
        yield aws


@pytest.mark.parametrize("level", LEVELS)
def test_failures_and_metrics_are_written_at_every_level_and_secrets_at_none(
    emulated_aws: Aws, tmp_path: Path, level: str
) -> None:
    logging = document()["Globals"]["Function"]["LoggingConfig"]
    lambda_level = logging["ApplicationLogLevel"]
    levels = {"POWERTOOLS_LOG_LEVEL": level, "AWS_LAMBDA_LOG_LEVEL": lambda_level}

    written = registering(emulated_aws, tmp_path / "log", levels)

    assert written.level_of("registration_failed") == "ERROR"
    assert (written.level_of("customer_registered") == "INFO") == (level == "INFO")
    assert {"CustomersRegistered", "RegistrationsFailed"} <= written.metrics
    # Lambda drops what is below its own level, and takes for INFO what says none, as metrics do.
    assert lambda_level == "INFO"
    assert not [secret for secret in written.secrets if secret in written.text]


def test_no_secret_is_written_even_where_somebody_asks_for_everything(
    emulated_aws: Aws, tmp_path: Path
) -> None:
    """Whoever may change a function may set any level, without the template."""
    levels = {"POWERTOOLS_LOG_LEVEL": "DEBUG", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}

    written = registering(emulated_aws, tmp_path / "log", levels)

    assert written.level_of("customer_registered") == "INFO"
    assert not [secret for secret in written.secrets if secret in written.text]
