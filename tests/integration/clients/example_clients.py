"""The example clients of the seller's API, each called as a product would call it."""

import json
import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.credentials import Credentials

from docs.clients.python.meterhouse_client import ApiError, SellerApi
from tests.unit.repository import REPOSITORY

TYPESCRIPT = REPOSITORY / "docs" / "clients" / "typescript"
NODE = REPOSITORY / ".tools" / "node" / "bin" / "node"
PACKAGES = REPOSITORY / ".tools" / "javascript" / "node_modules"
PROGRAM = Path(__file__).with_name("call_client.ts")
RUN_SECONDS_MAX = 120
REGION = "us-east-1"


class RefusedError(Exception):
    """What a client raised: the status and the code that it was answered."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


@dataclass
class Caller(ABC):
    """Calls methods of one client at a URL; names and parameters are Python's."""

    url: str
    access_key_id: str = "test"
    secret_access_key: str = "test"
    region: str = REGION

    @abstractmethod
    def call(self, method: str, *parameters: Any) -> Any:
        """Return what a method returned, as a list if it yields; raises RefusedError."""


@dataclass
class PythonClient(Caller):
    def call(self, method: str, *parameters: Any) -> Any:
        key = Credentials(self.access_key_id, self.secret_access_key)
        with closing(SellerApi(self.url, key, self.region, pause=lambda _: None)) as api:
            try:
                answer = getattr(api, method)(*parameters)
                return list(answer) if isinstance(answer, Iterator) else answer
            except ApiError as error:
                raise RefusedError(error.status, error.code) from error


@dataclass
class TypeScriptClient(Caller):
    folder: Path = Path()

    def call(self, method: str, *parameters: Any) -> Any:
        first, *others = method.split("_")
        document = {
            "url": self.url,
            "region": self.region,
            "key": {
                "accessKeyId": self.access_key_id,
                "secretAccessKey": self.secret_access_key,
            },
            "method": first + "".join(word.title() for word in others),
            "parameters": parameters,
        }
        ran = run_node(self.folder, PROGRAM.name, text=json.dumps(document))
        assert ran.returncode == 0, ran.stderr
        outcome = json.loads(ran.stdout)
        if "error" in outcome:
            raise RefusedError(**outcome["error"])
        return outcome["answer"]


def project_in(folder: Path) -> Path:
    """Return a project with the TypeScript client and the program that calls it."""
    assert PACKAGES.is_dir(), "the packages for JavaScript are missing: `make e2e` installs them"
    for file in [*TYPESCRIPT.iterdir(), PROGRAM]:
        shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(PACKAGES)
    return folder


def run_node(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run Node in a project."""
    return subprocess.run(
        [NODE, *arguments],
        input=text,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )
