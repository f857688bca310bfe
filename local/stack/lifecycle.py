"""Up, down and status of one local stack: everything it starts, it also stops."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local.stack import emulator
from local.stack.addresses import StackAddresses, read_addresses
from local.stack.aws_clients import AwsAccess, AwsAccount
from local.stack.errors import StackError
from local.stack.function_logs import save_function_logs
from local.stack.layout import StackFiles, remove_in_background
from local.stack.parameters import read_overrides
from local.stack.ports import read_ports
from local.stack.processes import BackgroundProcess, read_pid_file, stop
from local.stack.services import SANDBOX, tail
from local.stack.start import StackPlan, start_stack
from local.stack.termination import uninterrupted

# Stopped in this order: the functions must not outlive what they call.
PROCESS_NAMES = (emulator.NAME, SANDBOX)
# What stopping may spend on keeping what the functions logged.
LOGS_SECONDS_MAX = 1.5


@dataclass(frozen=True, slots=True)
class StackStatus:
    """What runs; `addresses` is None when no stack was fully started in this directory."""

    running: dict[str, BackgroundProcess]
    addresses: StackAddresses | None
    healthy: bool


def bring_up(files: StackFiles, plan: StackPlan, say: Callable[[str], None]) -> StackAddresses:
    """Start the stack, or say that a healthy one is up; stop everything again when it fails.

    A StackError, too, when one is up that was started otherwise than `plan` asks.
    """
    files.directory.mkdir(parents=True, exist_ok=True)
    with _exclusively(files):
        status = read_status(files)
        if status.healthy and status.addresses is not None:
            _refuse_another(files, plan)
            say("the local stack is already up")
            return status.addresses
        _stop_everything(files)  # what a crash or a restart of the machine left behind
        try:
            return start_stack(files, plan, say)
        except (StackError, BotoCoreError, ClientError, httpx.HTTPError) as error:
            log_file = files.log_file(emulator.NAME)
            say(f"the end of {log_file}:\n{tail(log_file)}")
            _stop_everything(files)
            raise StackError(f"the local stack did not start: {error}") from error
        except BaseException:  # Ctrl-C, too, leaves nothing behind
            _stop_everything(files)
            raise


def _refuse_another(files: StackFiles, plan: StackPlan) -> None:
    """Raise a StackError if what runs is not what is asked for: nothing of it can be changed."""
    ports, overrides = read_ports(files.ports), read_overrides(files.parameters)
    others = [
        f"{option} {asked}"
        for option, asked, running in (
            ("--port", plan.ports.emulator, ports.emulator),
            ("--sandbox-port", plan.ports.sandbox, ports.sandbox),
        )
        if asked not in {0, running}
    ]
    others += [
        f"--parameter {name}={value}"
        for name, value in plan.parameters.items()
        if overrides.get(name) != value
    ]
    if others:
        raise StackError(
            f"the local stack is already up, without {', '.join(others)}: run `make down` first"
        )


def take_down(files: StackFiles) -> tuple[str, ...]:
    """Stop what this directory's stack started, and name it; nothing else is touched."""
    if not files.directory.is_dir():
        return ()
    with _exclusively(files):
        return _stop_everything(files)


def read_status(files: StackFiles) -> StackStatus:
    """Find out what runs and whether it answers."""
    running = {
        name: process
        for name in PROCESS_NAMES
        if (process := read_pid_file(files.pid_file(name))) and process.is_running()
    }
    try:
        addresses = read_addresses(files.addresses)
    except StackError:
        return StackStatus(running, None, healthy=False)
    healthy = (
        len(running) == len(PROCESS_NAMES)
        and emulator.is_healthy(addresses.aws_endpoint_url)
        and _answers(f"{addresses.sandbox_url}/_sandbox/health")
    )
    return StackStatus(running, addresses, healthy)


def aws_access(addresses: StackAddresses) -> AwsAccess:
    """Use the stack as its `stack.env` says, like any outsider."""
    account = AwsAccount(
        addresses.aws_endpoint_url,
        addresses.aws_default_region,
        addresses.aws_access_key_id,
        addresses.aws_secret_access_key,
    )
    return AwsAccess(account)


@contextlib.contextmanager
def running_stack(
    files: StackFiles, plan: StackPlan, say: Callable[[str], None]
) -> Iterator[StackAddresses]:
    """Hold a stack up for the length of a `with` block, whatever ends the block."""
    try:
        yield bring_up(files, plan, say)
    finally:
        take_down(files)


def _stop_everything(files: StackFiles) -> tuple[str, ...]:
    with uninterrupted():
        return _stop_processes(files)


def _stop_processes(files: StackFiles) -> tuple[str, ...]:
    _keep_function_logs(files)
    stopped = []
    for name in PROCESS_NAMES:
        process = read_pid_file(files.pid_file(name))
        if process is not None and process.is_running():
            stop(process)
            stopped.append(name)
        files.pid_file(name).unlink(missing_ok=True)
    files.addresses.unlink(missing_ok=True)
    remove_in_background(files.temporary)
    return tuple(stopped)


def _keep_function_logs(files: StackFiles) -> None:
    """Save what the functions logged if the emulator still answers, and as far as time allows."""
    process = read_pid_file(files.pid_file(emulator.NAME))
    if process is None or not process.is_running():
        return
    try:
        addresses = read_addresses(files.addresses)
    except StackError:
        return
    if emulator.is_healthy(addresses.aws_endpoint_url, seconds_max=LOGS_SECONDS_MAX):
        with contextlib.suppress(BotoCoreError, ClientError), aws_access(addresses) as aws:
            save_function_logs(aws, files.functions_log, seconds_max=LOGS_SECONDS_MAX)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@contextlib.contextmanager
def _exclusively(files: StackFiles) -> Iterator[None]:
    """Let one command at a time start or stop this directory's stack."""
    with files.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
