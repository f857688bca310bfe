"""The aws CLI, unmodified, as `make setup` installs it: with a botocore of its own."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace_sandbox.core.model.callers import Resource

REPOSITORY = Path(__file__).parents[4]
EXECUTABLE = REPOSITORY / ".tools" / "awscli" / "bin" / "aws"
COMMAND_SECONDS_MAX = 60


@dataclass(frozen=True)
class Answer:
    """What a command printed."""

    exit_code: int
    text: str
    errors: str

    @property
    def document(self) -> Any:
        assert self.exit_code == 0, self.errors
        return json.loads(self.text)


@dataclass(frozen=True)
class AwsCli:
    """Runs `aws …` in an environment that holds nothing else of AWS; a resource can sign."""

    url: str
    folder: Path
    resource: Resource | None = None
    attempts: int = 1

    def meter(self, *arguments: str) -> Answer:
        return self.run("meteringmarketplace", *arguments)

    def entitle(self, *arguments: str) -> Answer:
        return self.run("marketplace-entitlement", *arguments)

    def agree(self, *arguments: str) -> Answer:
        return self.run("marketplace-agreement", *arguments)

    def run(self, *arguments: str) -> Answer:
        assert EXECUTABLE.exists(), "the aws CLI is missing: run `make setup`"
        result = subprocess.run(
            [EXECUTABLE, *arguments, "--output", "json"],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        return Answer(result.returncode, result.stdout, result.stderr)

    def _environment(self) -> dict[str, str]:
        environment = {
            "AWS_ACCESS_KEY_ID": "anything",
            "AWS_SECRET_ACCESS_KEY": "goes",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_MARKETPLACE_METERING": self.url,
            "AWS_ENDPOINT_URL_MARKETPLACE_ENTITLEMENT_SERVICE": self.url,
            "AWS_ENDPOINT_URL_MARKETPLACE_AGREEMENT": self.url,
            "AWS_MAX_ATTEMPTS": str(self.attempts),
            "AWS_CONFIG_FILE": str(self.folder / "no-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "no-credentials"),
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
        }
        if self.resource is None:
            return environment
        return environment | {
            "AWS_ACCESS_KEY_ID": self.resource.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.resource.secret_access_key,
            "AWS_SESSION_TOKEN": self.resource.session_token,
            "AWS_DEFAULT_REGION": self.resource.region,
        }
