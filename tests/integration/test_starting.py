"""What the build prepared for a start is taken, and is what Python would have made (ADR 0016)."""

import marshal
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.artefact import SOURCES, environment, function_folder, layer_folders
from meterhouse import starting

pytestmark = pytest.mark.artefact

# Names the module of each dataclass whose methods are compiled, then how many patterns were, and
# what garbage was looked for.
PROBE = """
import gc, re, sys
sys.path[:0] = sys.argv[1:]
def named(event, arguments):
    frame = sys._getframe() if event == "compile" else None
    while frame := frame and frame.f_back:
        if frame.f_code.co_name == "add_fns_to_class":
            print(frame.f_locals["cls"].__module__)
def collections():
    return sum(generation["collections"] for generation in gc.get_stats())
sys.addaudithook(named)
compile_anew, compiled = re._compiler.compile, []
def count(*arguments):
    compiled.append(arguments)
    return compile_anew(*arguments)
re._compiler.compile = count
before = collections()
import app
print(len(compiled), collections() - before, gc.isenabled(), gc.get_freeze_count())
"""
# All of the layer, as nobody imports it, with what is imported only where it is chosen.
EVERY_MODULE = """
import importlib, pkgutil, sys
sys.path[:0] = sys.argv[1:]
import meterhouse
for module in pkgutil.walk_packages(meterhouse.__path__, "meterhouse."):
    importlib.import_module(module.name)
    print(module.name)
"""
# Those of modules that import a library, which is not there when the layer is built.
COMPILED = ("botocore.", "meterhouse.adapters.", "meterhouse.runtime.")


def run(probe: str, function: str) -> list[str]:
    path = map(str, [function_folder(function), *layer_folders()])
    ran = subprocess.run(
        [sys.executable, "-BIS", "-c", probe, *path],
        env=environment(function),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout.splitlines()


@pytest.mark.parametrize("function", SOURCES)
def test_a_start_compiles_no_methods_of_what_the_build_could_import(function: str) -> None:
    *modules, _ = run(PROBE, function)

    assert {name for name in modules if not name.startswith(COMPILED)} == set()
    assert len(modules) <= 4


@pytest.mark.parametrize("function", SOURCES)
def test_a_start_compiles_few_patterns(function: str) -> None:
    compiled, *_ = run(PROBE, function)[-1].split()

    assert int(compiled) <= 24  # our own, and those of what was imported before; it was some 90


@pytest.mark.parametrize("function", SOURCES)
def test_a_start_looks_for_no_garbage_in_what_stays_and_an_invocation_does(function: str) -> None:
    _, collections, is_enabled, set_aside = run(PROBE, function)[-1].split()

    assert int(collections) <= 6  # before the package is reached; it was some 25
    assert is_enabled == "True"
    assert int(set_aside) > 30_000


def test_what_is_prepared_is_what_python_makes_of_it() -> None:
    file = layer_folders()[0] / "meterhouse" / Path(starting.PREPARED).name
    methods = marshal.loads(file.read_bytes())  # noqa: S302 - our own

    assert len(methods) > 100
    for text, code in methods.items():
        assert marshal.loads(code) == compile(text, "<string>", "exec"), text  # noqa: S302


def test_the_patterns_that_are_prepared_are_what_python_makes_of_them() -> None:
    compiler: Any = re._compiler  # type: ignore[attr-defined]
    prepared = runpy.run_path(str(layer_folders()[1] / "compiled_patterns.py"))

    assert prepared["MAGIC"] == compiler.MAGIC
    assert len(prepared["PATTERNS"]) > 60
    for (pattern, flags), (own_flags, code, *others) in prepared["PATTERNS"].items():
        made = compiler._sre.compile(pattern, own_flags, [*code], *others)
        again = compiler.compile(pattern, flags)
        assert made == again, pattern
        assert (made.groups, made.groupindex) == (again.groups, again.groupindex), pattern


def test_every_module_of_the_layer_imports_from_the_artefact() -> None:
    imported = run(EVERY_MODULE, "DrainUsageFunction")

    assert "meterhouse.adapters.role_session" in imported
    assert "meterhouse.web.confirmation_letter" in imported
