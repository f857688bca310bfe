"""The core of the sandbox is pure: time and entropy are arguments, I/O is none of its business."""

import ast
from pathlib import Path

import pytest

import marketplace_sandbox.core

CORE = Path(marketplace_sandbox.core.__file__).parent
PURE_MODULES = {
    "base64",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "http",
    "importlib",
    "itertools",
    "json",
    "re",
    "types",
    "typing",
    "uuid",
}
CLOCKS_AND_DICE = {"now", "utcnow", "today", "uuid1", "uuid4", "fromtimestamp"}


@pytest.mark.parametrize(
    "path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE))
)
def test_a_core_module_imports_nothing_impure_and_asks_no_clock(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                assert {alias.name.partition(".")[0] for alias in names} <= PURE_MODULES
            case ast.ImportFrom(module=str(module)):
                is_own = module.startswith("marketplace_sandbox.core.")
                assert is_own or module.partition(".")[0] in PURE_MODULES
            case ast.Call(func=ast.Attribute(attr=name)):
                assert name not in CLOCKS_AND_DICE
            case ast.Call(func=ast.Name(id=name)):
                assert name not in {"open", "print", "input"}
            case _:
                pass
