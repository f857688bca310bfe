"""Starting the local stack: sandbox, emulator, deployment, routes, first invocations."""

import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.stack import emulator
from sandbox.stack.adaptations import adapt_to_emulator
from sandbox.stack.addresses import StackAddresses, write_addresses
from sandbox.stack.aws_clients import AwsAccess, AwsAccount
from sandbox.stack.built_template import read_built_template
from sandbox.stack.deployment import Deployment, deploy
from sandbox.stack.errors import StackError
from sandbox.stack.http_routes import create_routes
from sandbox.stack.layout import BUILT_TEMPLATE, REPOSITORY, StackFiles
from sandbox.stack.parameters import choose_parameters
from sandbox.stack.processes import BackgroundProcess, Program, start_in_background
from sandbox.stack.warm_up import warm_up

SANDBOX = "sandbox"
START_SECONDS_MAX = 30.0
_POLL_SECONDS = 0.05
_SANDBOX_READY = re.compile(r"^sandbox: listening on (?P<url>http://\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What to start: port 0 means any free one."""

    port: int = 0
    sandbox_port: int = 0
    template: Path = BUILT_TEMPLATE
    parameters: Mapping[str, str] = field(default_factory=dict)


def start_stack(files: StackFiles, plan: StackPlan, say: Callable[[str], None]) -> StackAddresses:
    """Start everything and return when a message and a form POST would be served.

    Whoever calls this stops what was started when it raises.
    """
    emulator.find_executable()
    template = adapt_to_emulator(read_built_template(plan.template))
    parameters = choose_parameters(template.parameter_names(), plan.parameters)
    _prepare_directory(files)
    sandbox_url = _start_sandbox(files, plan.sandbox_port)
    say(f"the Marketplace sandbox listens on {sandbox_url}")
    account = _start_emulator(files, plan.port, sandbox_url)
    say(f"the AWS emulator listens on {account.endpoint_url}")
    with AwsAccess(account) as aws:
        deployment = deploy(aws, template, parameters)
        say(f"deployed {len(deployment.physical_ids)} resources of {plan.template}")
        addresses = _find_addresses(aws, deployment, sandbox_url)
        warm_up(aws, addresses)
    say("the functions answered their first invocations")
    write_addresses(addresses, files.addresses)
    return addresses


def _prepare_directory(files: StackFiles) -> None:
    files.directory.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(files.temporary, ignore_errors=True)
    files.temporary.mkdir()
    for stale in (
        files.log_file(SANDBOX),
        files.log_file(emulator.NAME),
        files.functions_log,
        files.addresses,
    ):
        stale.unlink(missing_ok=True)


def _start_sandbox(files: StackFiles, port: int) -> str:
    log_file = files.log_file(SANDBOX)
    program = Program(
        command=(
            sys.executable,
            *("-u", "-m", "sandbox.marketplace", "serve"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ),
        environment={"PATH": str(Path(sys.executable).parent), "LANG": "C.UTF-8"},
        working_directory=REPOSITORY,
        log_file=log_file,
    )
    process = start_in_background(program, files.pid_file(SANDBOX))

    def ready_url() -> str | None:
        found = _SANDBOX_READY.search(log_file.read_text())
        return found["url"] if found else None

    return _wait_for(ready_url, process, "the sandbox", log_file)


def _start_emulator(files: StackFiles, port: int, sandbox_url: str) -> AwsAccount:
    chosen_port = port or emulator.free_port()
    emulator.ensure_free(chosen_port)
    program = emulator.emulator_program(files, port=chosen_port, marketplace_url=sandbox_url)
    process = start_in_background(program, files.pid_file(emulator.NAME))
    endpoint_url = f"http://127.0.0.1:{chosen_port}"
    _wait_for(
        lambda: emulator.is_healthy(endpoint_url) or None,
        process,
        "the AWS emulator",
        program.log_file,
    )
    return AwsAccount(
        endpoint_url, emulator.REGION, emulator.ACCESS_KEY_ID, emulator.SECRET_ACCESS_KEY
    )


def _wait_for[Answer](
    ask: Callable[[], Answer | None], process: BackgroundProcess, what: str, log_file: Path
) -> Answer:
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < give_up_at:
        running = process.is_running()
        if running and (answer := ask()) is not None:
            return answer
        if not running:
            raise StackError(f"{what} ended at once; the end of {log_file}:\n{tail(log_file)}")
        time.sleep(_POLL_SECONDS)
    raise StackError(f"{what} was not ready in {START_SECONDS_MAX:.0f} s:\n{tail(log_file)}")


def tail(log_file: Path, lines: int = 20) -> str:
    """Return the last lines of a log, or say that there are none."""
    if not log_file.exists():
        return "(no output)"
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-lines:]) or "(no output)"


def _find_addresses(aws: AwsAccess, deployment: Deployment, sandbox_url: str) -> StackAddresses:
    api_id, routes = create_routes(aws, deployment)
    account = aws.account
    form_paths = [route.path for route in routes if route.method in {"POST", "ANY"}]
    if len(form_paths) != 1:
        raise StackError(f"expected one route that takes a form POST, found {form_paths}")
    return StackAddresses(
        aws_endpoint_url=account.endpoint_url,
        aws_default_region=account.region,
        aws_access_key_id=account.access_key_id,
        aws_secret_access_key=account.secret_access_key,
        sandbox_url=sandbox_url,
        register_url=emulator.http_api_url(account.endpoint_url, api_id) + form_paths[0],
        usage_queue_url=deployment.output("UsageQueueUrl"),
        usage_dlq_url=deployment.output("UsageDeadLetterQueueUrl"),
        rejected_usage_queue_url=deployment.output("RejectedUsageQueueUrl"),
        subscriptions_table=deployment.output("SubscriptionsTableName"),
        usage_table=deployment.output("UsageTableName"),
        register_function=deployment.output("RegisterFunctionName"),
        drain_function=deployment.output("DrainFunctionName"),
        reconcile_function=deployment.output("ReconcileFunctionName"),
    )
