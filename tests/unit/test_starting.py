"""A start takes the methods of dataclasses as they were compiled, and compiles what it has not."""

import gc
import marshal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from meterhouse import starting


@pytest.fixture(autouse=True)
def python_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("dataclasses.exec", exec, raising=False)
    yield
    gc.enable()
    gc.unfreeze()


def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, methods: dict[str, bytes]) -> None:
    file = tmp_path / "methods"
    file.write_bytes(marshal.dumps(methods))
    monkeypatch.setattr(starting, "PREPARED", str(file))


def test_a_prepared_text_is_executed_as_it_was_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def execute(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        asked.append(text)
        exec(text, names, made)  # noqa: S102 - as dataclasses does

    monkeypatch.setattr("dataclasses.exec", execute)

    @dataclass
    class Price:
        cents: int

    (text,) = asked
    marked = compile(text.replace("self.cents=cents", "self.cents=-cents"), "<string>", "exec")
    prepared(tmp_path, monkeypatch, {text: marshal.dumps(marked)})
    starting.begin()

    @dataclass
    class Again:
        cents: int

    assert Price(5).cents == 5
    assert repr(Again(5)).endswith("Again(cents=-5)")


def test_another_text_is_compiled_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(tmp_path, monkeypatch, {})
    starting.begin()

    @dataclass(frozen=True, slots=True)
    class Price:
        cents: int

    assert Price(5) == Price(5)


def test_garbage_is_not_looked_for_until_all_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(tmp_path, monkeypatch, {})
    starting.begin()
    was_enabled = gc.isenabled()
    starting.end()

    assert not was_enabled
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_where_nothing_is_prepared_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "PREPARED", str(tmp_path / "of another Python"))
    starting.begin()
    was_enabled = gc.isenabled()
    starting.end()

    assert was_enabled
    assert gc.get_freeze_count() == 0
