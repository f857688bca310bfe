"""What the start of a function need not do, since the build of the layer did it (ADR 0016).

Elsewhere nothing is prepared, and nothing here has an effect.
"""

import builtins
import dataclasses
import gc
import marshal
import re
import sys
from importlib import import_module
from typing import Any, Final

# Byte code is of one Python: another looks for a file of another name, and finds none.
PREPARED: Final = __file__.replace(".py", f".{sys.implementation.cache_tag}.methods")


def begin() -> None:
    """Let dataclasses take their methods as they were compiled; look for no garbage until `end`.

    The module `dataclasses` finds this name before the builtin `exec`; if a later Python does not
    ask for it, or asks with other texts, it compiles as ever.
    """
    try:
        with open(PREPARED, "rb") as file:  # noqa: PTH123 - pathlib would be imported for it
            methods = marshal.load(file)  # noqa: S302 - our own
    except FileNotFoundError:
        return

    _take_patterns()

    def execute(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        compiled = methods.get(text)
        code = text if compiled is None else marshal.loads(compiled)  # noqa: S302 - our own
        builtins.exec(code, names, made)  # noqa: S102 - as the module itself does

    dataclasses.exec = execute  # type: ignore[attr-defined]
    # A start makes some 70,000 objects that stay, and would be looked through over and over.
    gc.disable()


def _take_patterns() -> None:
    """Let `re` take regular expressions of libraries as they were compiled for this Python."""
    compiler: Any = re._compiler  # type: ignore[attr-defined] # noqa: SLF001
    compile_anew = compiler.compile
    try:
        prepared = import_module("compiled_patterns")
    except ModuleNotFoundError:  # the layer of libraries is missing: whoever needs one says so
        return
    if prepared.MAGIC != compiler.MAGIC:
        return

    def compile_pattern(pattern: str | bytes, flags: int = 0) -> object:
        parts = prepared.PATTERNS.get((pattern, flags))
        if parts is None:
            return compile_anew(pattern, flags)
        own_flags, code, *others = parts
        return compiler._sre.compile(pattern, own_flags, [*code], *others)  # noqa: SLF001

    compiler.compile = compile_pattern


def end() -> None:
    """Look for garbage from now on as Python does, but never in what was imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
