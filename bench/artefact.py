"""The built application as Lambda has it, and programs that run it with nothing else."""

import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from local.stack.built_template import BuiltTemplate, read_built_template

REPOSITORY = Path(__file__).resolve().parents[1]
BUILT = REPOSITORY / ".aws-sam" / "build"
TOOLS = REPOSITORY / ".tools"
SOURCES = {
    "RegisterCustomerFunction": REPOSITORY / "functions" / "register_customer",
    "TrackAgreementsFunction": REPOSITORY / "functions" / "track_agreements",
    "AnnounceChangesFunction": REPOSITORY / "functions" / "announce_changes",
    "ServeSellerApiFunction": REPOSITORY / "functions" / "serve_seller_api",
    "SweepAgreementsFunction": REPOSITORY / "functions" / "sweep_agreements",
    "DrainUsageFunction": REPOSITORY / "functions" / "drain_usage",
    "ReconcileUsageFunction": REPOSITORY / "functions" / "reconcile_usage",
}
READY_SECONDS_MAX = 20.0
_PSEUDO_PARAMETERS = {"AWS::StackName": "meterhouse-test"}
# What Lambda sets beside the function's own variables. The credentials are made up.
_RUNTIME_VARIABLES = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    # As in Lambda, where the artefact is read-only.
    "PYTHONDONTWRITEBYTECODE": "1",
}


@cache
def built_template() -> BuiltTemplate:
    """Read what `make build` made; raises FileNotFoundError saying what to do without it."""
    if not (BUILT / "template.yaml").exists():
        raise FileNotFoundError("the application is not built: run `make build`")
    return read_built_template(BUILT / "template.yaml")


def layer_folders() -> list[Path]:
    """List what Lambda lays over /opt, ours first."""
    artefacts = built_template().artefacts()
    return [artefacts[name] / "python" for name in ("MeterhouseLayer", "DependenciesLayer")]


def function_folder(function: str) -> Path:
    """Return what Lambda lays at /var/task."""
    return built_template().artefacts()[function]


def environment(function: str) -> dict[str, str]:
    """Return the variables that a stack with the template's defaults gives to a function."""
    document = built_template().document
    resource = document["Resources"][function]["Properties"]
    variables: dict[str, Any] = {
        **document["Globals"]["Function"]["Environment"]["Variables"],
        **resource["Environment"]["Variables"],
    }
    values = {name: _resolve(value, document["Parameters"]) for name, value in variables.items()}
    return values | _RUNTIME_VARIABLES


def _resolve(value: object, parameters: dict[str, Any]) -> str:
    match value:
        case {"Fn::If": [str(condition), own, _]} if condition.startswith("Owns"):
            # By default a stack has its own tables.
            return _resolve(own, parameters)
        case str():
            return str(value)
        case {"Ref": name} if name in parameters:
            return str(parameters[name]["Default"])
        case {"Ref": name}:
            return str(_PSEUDO_PARAMETERS.get(name, name))
        case _:
            raise AssertionError(value)


@contextmanager
def emulated_runtime(
    function: str,
    path: Sequence[Path],
    *,
    handler: str = "app.lambda_handler",
    variables: Mapping[str, str] = MappingProxyType({}),
    log: Path = Path(os.devnull),
) -> Iterator[str]:
    """Run a function under AWS's Runtime Interface Emulator; yields the URL that invokes it.

    `path` stands for /var/task, where the `handler` is, and /opt/python; `variables` are set beside
    the template's, and what the function writes goes to `log`. The emulator answers one request at
    a time.
    """
    machine = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    emulators = [
        *TOOLS.glob(f"sam/lib/*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}")
    ]
    runtime_client = TOOLS / "ric" / "bin" / "python"
    if not emulators or not runtime_client.exists():
        raise FileNotFoundError("the Runtime Interface Emulator is not installed: run `make setup`")
    address, runtime_address = (f"127.0.0.1:{port}" for port in _free_ports(2))
    command: list[str | Path] = [
        *(emulators[0], "--runtime-interface-emulator-address", address),
        *("--runtime-api-address", runtime_address),
        *(runtime_client, "-P", "-m", "awslambdaric", handler),
    ]
    all_variables = {
        **environment(function),
        **variables,
        "LAMBDA_TASK_ROOT": str(path[0]),
        "PYTHONPATH": os.pathsep.join(map(str, path)),
    }
    with (
        log.open("wb") as written,
        subprocess.Popen(  # noqa: S603 - our own arguments
            command, cwd=path[0], env=all_variables, stderr=subprocess.STDOUT, stdout=written
        ) as emulator,
    ):
        try:
            _wait_for(address)
            yield f"http://{address}/2015-03-31/functions/function/invocations"
        finally:
            emulator.send_signal(signal.SIGTERM)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(opened.getsockname()[1]) for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def _wait_for(address: str) -> None:
    host, port = address.split(":")
    give_up_at = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < give_up_at:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"the emulator did not listen on {address}")


def invoke(url: str, event: str) -> dict[str, Any]:
    """Invoke once and return the function's answer."""
    answer: dict[str, Any] = httpx.post(url, content=event, timeout=60, trust_env=False).json()
    return answer
