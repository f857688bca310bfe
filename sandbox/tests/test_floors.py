"""Floors: what stands higher may use what stands lower, never the other way round.

And a noun has the same name on each floor: its rules, its desk, its part of the control API, its
commands, its pages.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import marketplace_sandbox

NAME = marketplace_sandbox.__name__
PACKAGE = Path(marketplace_sandbox.__file__).parent
# From the lowest up. Whoever is not named here has no place, and a test says so.
CORE_FLOORS = (
    *("model", "protocol", "bill", "saved_state", "events", "agreements", "faults"),
    *("operations", "calls", "settle_due", "perform_call", "answer_request"),
)
FLOORS = (
    *("core", "facts", "aws_models", "shapes", "signing_keys", "state_file", "delivery"),
    *("desks", "hosted", "wire", "control", "telling", "console", "http_api", "seed"),
    *("in_process", "server", "client", "testing", "cli", "pytest_plugin", "__main__"),
)
NOUNS = (
    *("agreements", "bill", "calls", "catalogue", "clock", "events", "facts", "faults"),
    "resources",
)
PAGES = {noun: noun.removesuffix("s") + "_pages" for noun in NOUNS}


def imported_by(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, also where only the type checker looks."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
            case _:
                pass


def place_of(path: Path, folder: Path) -> str:
    return path.relative_to(folder).parts[0].removesuffix(".py")


def arrows_up(folder: Path, prefix: str, floors: tuple[str, ...]) -> list[str]:
    """List what a file below a folder imports from a higher floor than its own."""
    height = {floor: number for number, floor in enumerate(floors)}
    return [
        f"{path.relative_to(folder)} imports {name}"
        for path in sorted(folder.rglob("*.py"))
        for name in imported_by(path)
        if name.startswith(f"{prefix}.")
        and height[name.removeprefix(f"{prefix}.").split(".")[0]] > height[place_of(path, folder)]
    ]


@pytest.mark.parametrize(
    ("folder", "floors"), [(PACKAGE / "core", CORE_FLOORS), (PACKAGE, FLOORS)], ids=["core", "all"]
)
def test_every_part_has_a_floor(folder: Path, floors: tuple[str, ...]) -> None:
    parts = {path.stem for path in folder.glob("*.py")}
    parts |= {path.parent.name for path in folder.glob("*/*.py")}

    assert parts - {"__init__"} == set(floors)


def test_no_arrow_of_the_core_runs_up() -> None:
    assert arrows_up(PACKAGE / "core", f"{NAME}.core", CORE_FLOORS) == []


def test_no_arrow_between_the_parts_runs_up() -> None:
    assert arrows_up(PACKAGE, NAME, FLOORS) == []


def test_an_arrow_that_runs_up_would_be_noticed(tmp_path: Path) -> None:
    below = tmp_path / "model"
    below.mkdir()
    (below / "state.py").write_text(
        f"from {NAME}.core.calls.notes import note_refusal\nfrom {NAME}.core.model import bill\n"
    )

    assert arrows_up(tmp_path, f"{NAME}.core", CORE_FLOORS) == [
        f"model/state.py imports {NAME}.core.calls.notes.note_refusal"
    ]


def test_nothing_here_knows_who_uses_it() -> None:
    strangers = {
        name.split(".")[0] for path in PACKAGE.rglob("*.py") for name in imported_by(path)
    } & {"bench", "functions", "local", "meterhouse", "operations", "tests"}

    assert strangers == set()


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("floor", ["desks", "control", "cli", "console"])
def test_a_noun_has_the_same_name_on_each_floor(floor: str, noun: str) -> None:
    name = PAGES[noun] if floor == "console" else noun

    assert (PACKAGE / floor / f"{name}.py").is_file()
