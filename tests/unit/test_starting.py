"""A start takes the methods of dataclasses as they were compiled, and compiles what it has not."""

import gc
import marshal
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from meterhouse import starting

COMPILER: Any = re._compiler  # type: ignore[attr-defined]
COMPILE = COMPILER.compile


@pytest.fixture(autouse=True)
def python_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("dataclasses.exec", exec, raising=False)
    monkeypatch.setattr("re._compiler.compile", COMPILE)
    yield
    gc.enable()
    gc.unfreeze()


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Pretend that a build prepared nothing yet; a test adds to it."""
    file = tmp_path / "methods"
    monkeypatch.setattr(starting, "PREPARED", str(file))
    patterns = SimpleNamespace(MAGIC=COMPILER.MAGIC, PATTERNS={})
    monkeypatch.setitem(sys.modules, "compiled_patterns", patterns)
    file.write_bytes(marshal.dumps({}))
    return SimpleNamespace(methods=file, patterns=patterns)


def test_a_prepared_text_is_executed_as_it_was_compiled(
    prepared: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
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
    prepared.methods.write_bytes(marshal.dumps({text: marshal.dumps(marked)}))
    starting.begin()

    @dataclass
    class Again:
        cents: int

    assert Price(5).cents == 5
    assert repr(Again(5)).endswith("Again(cents=-5)")


@pytest.mark.usefixtures("prepared")
def test_another_text_is_compiled_as_ever() -> None:
    starting.begin()

    @dataclass(frozen=True, slots=True)
    class Price:
        cents: int

    assert Price(5) == Price(5)


PATTERN = "made by a build (twice|once)"


def parts_of(pattern: str) -> tuple[object, ...]:
    """Compile a pattern; return what it is made of, as a build keeps it."""
    code = COMPILER._code(COMPILER._parser.parse(pattern), 0)
    return re.UNICODE, code, 1, {}, (None, None)


def test_a_prepared_pattern_is_taken_and_another_compiled_as_ever(
    prepared: SimpleNamespace,
) -> None:
    prepared.patterns.PATTERNS[PATTERN, 0] = parts_of("made by a build (often|once)")
    starting.begin()
    re.purge()

    assert re.match(PATTERN, "made by a build often")
    assert re.match(f"{PATTERN}$", "made by a build twice")
    assert re.match(PATTERN, "MADE BY A BUILD TWICE", re.IGNORECASE)


@pytest.mark.usefixtures("prepared")
def test_without_the_libraries_layer_all_patterns_are_compiled_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "compiled_patterns")
    starting.begin()
    re.purge()

    assert re.match(PATTERN, "made by a build twice")


def test_patterns_of_another_python_are_not_taken(prepared: SimpleNamespace) -> None:
    prepared.patterns.MAGIC = COMPILER.MAGIC - 1
    prepared.patterns.PATTERNS[PATTERN, 0] = parts_of("another")
    starting.begin()
    re.purge()

    assert re.match(PATTERN, "made by a build twice")


@pytest.mark.usefixtures("prepared")
def test_garbage_is_not_looked_for_until_all_is_imported() -> None:
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
