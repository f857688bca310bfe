# ruff: noqa: INP001 - a script, run by its path
"""Compile the methods of this layer's dataclasses at its build; called by the Makefile beside it.

`dataclasses` writes them as text and compiles that wherever a class is made: a fifth of what a
start took. `meterhouse.starting` takes what is kept here instead. A text that is not found, such as
another Python's, is compiled as ever.
"""

import builtins
import dataclasses
import importlib
import marshal
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

# Of the other layer, which is not there when this one is built: modules that import them compile
# the few dataclasses that they have.
ELSEWHERE = {"aws_lambda_powertools", "botocore"}


def compiled_methods(package: ModuleType) -> dict[str, bytes]:
    """Import all modules of a package; return what became of each text that was executed."""
    found: dict[str, bytes] = {}

    def execute(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        code = compile(text, "<string>", "exec")
        found[text] = marshal.dumps(code)
        builtins.exec(code, names, made)  # noqa: S102 - as the module itself does

    dataclasses.exec = execute  # type: ignore[attr-defined] # stands before the builtin
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in ELSEWHERE:
                raise
    return found


def main(packages: Path) -> None:
    """Write what `meterhouse.starting` reads; fail if dataclasses are made in another way."""
    sys.path.insert(0, str(packages))
    package = importlib.import_module("meterhouse")
    starting = importlib.import_module("meterhouse.starting")
    methods = compiled_methods(package)
    if not methods:
        raise SystemExit("no dataclass of the package was made by executing a text")
    Path(starting.PREPARED).write_bytes(marshal.dumps(methods))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
