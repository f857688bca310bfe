"""Which ports a stack listens on: those asked for, else those of the last time, else any."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from local.stack.errors import StackError
from local.stack.layout import LOOPBACK


@dataclass(frozen=True, slots=True)
class StackPorts:
    """The ports of the two services; 0 is any free one."""

    emulator: int = 0
    sandbox: int = 0


def choose_ports(asked: StackPorts, remembered: StackPorts) -> StackPorts:
    """Return free ports; a StackError says which of those asked for is taken.

    Those of the last time are taken up again where they are free, so that the addresses which a
    person has in a shell or a browser still lead to the stack.
    """
    return StackPorts(
        _choose(asked.emulator, remembered.emulator, option="--port"),
        _choose(asked.sandbox, remembered.sandbox, option="--sandbox-port"),
    )


def free_port() -> int:
    """Let the operating system name a port that is free on the loopback address."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def read_ports(path: Path) -> StackPorts:
    """Read what `write_ports` wrote; any port will do when there is nothing that makes sense."""
    try:
        content = json.loads(path.read_text())
        return StackPorts(int(content["emulator"]), int(content["sandbox"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return StackPorts()


def write_ports(ports: StackPorts, path: Path) -> None:
    """Keep the ports for the next start."""
    path.write_text(json.dumps(asdict(ports)))


def _choose(asked: int, remembered: int, *, option: str) -> int:
    if asked:
        if not _is_free(asked):
            raise StackError(
                f"port {asked} is taken: choose another with {option}, or let 0 choose a free one"
            )
        return asked
    return remembered if remembered and _is_free(remembered) else free_port()


def _is_free(port: int) -> bool:
    """Say whether nobody listens on the port: whoever does would answer in the stack's place."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError):
            return False
    return True
