"""The AWS SDK for JavaScript, unmodified, as a client of a served sandbox."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace_sandbox.core.model.callers import Resource

REPOSITORY = Path(__file__).parents[4]
NODE = REPOSITORY / ".tools" / "node" / "bin" / "node"
PACKAGES = REPOSITORY / ".tools" / "javascript" / "node_modules"
PROGRAM = Path(__file__).with_name("call_with_javascript_sdk.cjs")
RUN_SECONDS_MAX = 60


@dataclass(frozen=True)
class Call:
    """One command of the SDK; with a page size, the SDK's own paginator of GetEntitlements."""

    operation: str
    input: dict[str, Any]
    page_size: int | None = None

    def document(self) -> dict[str, Any]:
        service = "entitlement" if self.operation == "GetEntitlements" else "metering"
        document = {"service": service, "operation": self.operation, "input": self.input}
        return document if self.page_size is None else document | {"pageSize": self.page_size}


@dataclass(frozen=True)
class JavaScript:
    """Runs calls in Node: as anybody, unless a resource's keys are to sign.

    Attributes:
        protocol: `cbor` is Smithy RPC v2 CBOR; otherwise the SDK chooses (AWS JSON 1.1, by now).

    """

    url: str
    folder: Path
    resource: Resource | None = None
    attempts: int = 1
    protocol: str = ""

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make one call and return its answer."""
        (outcome,) = self.run([Call(operation, parameters)])
        assert "answer" in outcome, outcome
        answer: dict[str, Any] = outcome["answer"]
        return answer

    def refusal(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make one call and return what the SDK threw."""
        (outcome,) = self.run([Call(operation, parameters)])
        assert "error" in outcome, outcome
        error: dict[str, Any] = outcome["error"]
        return error

    def run(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        assert PACKAGES.is_dir(), "the SDK for JavaScript is missing: `make e2e` installs it"
        result = subprocess.run(
            [NODE, PROGRAM],
            input=json.dumps([call.document() for call in calls]),
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS_MAX,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        outcomes: list[dict[str, Any]] = json.loads(result.stdout)
        return outcomes

    def _environment(self) -> dict[str, str]:
        environment = {
            "NODE_PATH": str(PACKAGES),
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ATTEMPTS": str(self.attempts),
            "PROTOCOL": self.protocol,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "anything",
            "AWS_SECRET_ACCESS_KEY": "goes",
            "AWS_ENDPOINT_URL_MARKETPLACE_METERING": self.url,
            "AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE": self.url,
        }
        if self.resource is None:
            return environment
        return environment | {
            "AWS_REGION": self.resource.region,
            "AWS_ACCESS_KEY_ID": self.resource.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.resource.secret_access_key,
            "AWS_SESSION_TOKEN": self.resource.session_token,
        }
