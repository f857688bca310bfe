import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack.errors import StackError
from local.stack.ports import StackPorts, choose_ports, free_port, read_ports, write_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_ports_of_the_last_time_are_taken_up_again(tmp_path: Path) -> None:
    ports = StackPorts(free_port(), free_port())
    write_ports(ports, tmp_path / "ports")
    assert choose_ports(StackPorts(), read_ports(tmp_path / "ports")) == ports


def test_a_port_of_the_last_time_that_somebody_else_took_is_replaced(taken: int) -> None:
    free = free_port()
    chosen = choose_ports(StackPorts(), StackPorts(emulator=taken, sandbox=free))
    assert chosen.sandbox == free
    assert chosen.emulator not in {0, taken}


def test_a_port_that_is_asked_for_wins_over_that_of_the_last_time() -> None:
    asked, before = free_port(), free_port()
    chosen = choose_ports(StackPorts(emulator=asked), StackPorts(before, before))
    assert chosen == StackPorts(emulator=asked, sandbox=before)


@pytest.mark.parametrize(
    ("service", "option"), [("emulator", "--port"), ("sandbox", "--sandbox-port")]
)
def test_a_port_that_is_asked_for_and_taken_is_refused(
    taken: int, service: str, option: str
) -> None:
    with pytest.raises(StackError, match=f"port {taken} is taken: choose another with {option}"):
        choose_ports(StackPorts(**{service: taken}), StackPorts())


@pytest.mark.parametrize("content", ["", "[]", '{"emulator": "x", "sandbox": 1}', "{}"])
def test_a_damaged_memory_of_ports_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports").write_text(content)
    assert read_ports(tmp_path / "ports") == StackPorts()


def test_a_remembered_port_that_cannot_be_one_is_replaced() -> None:
    assert choose_ports(StackPorts(), StackPorts(70_000, -1)).emulator in range(1, 65_536)
