"""Arrows point inward: functions -> runtime -> web, use_cases -> domain, ports <- adapters."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.unit.repository import PACKAGE_PREFIX, modules

# Of our own package, what each part may import besides itself.
INWARD = {
    "domain": {"errors"},
    "errors": set[str](),
    "ports": {"domain", "errors"},
    "use_cases": {"domain", "errors", "ports"},
    "adapters": {"domain", "errors", "ports"},
    "web": {"domain", "errors", "ports", "use_cases"},
    "runtime": {"domain", "errors", "ports", "use_cases", "adapters", "web"},
}
# Modules of the standard library without time, chance, files, network or environment in them.
PURE = {
    "base64",
    "bisect",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "hashlib",
    "heapq",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "string",
    "types",
    "typing",
    "zlib",
}
STAYS_HERE = {
    *("bench", "docs", "layers", "local", "marketplace_sandbox", "operations", "sandbox", "tests"),
    "toolchain",
}
# A distribution of its own, which operations may use and what ships may not.
APART = ("loopback-console",)
CLOCK_READERS = {"now", "utcnow", "today"}


def part_of(name: str) -> str:
    """Say to which part of the package a file belongs."""
    return name.removeprefix(PACKAGE_PREFIX).split("/")[0].removesuffix(".py")


def files_of(part: str) -> dict[str, ast.Module]:
    return {
        n: t for n, t in modules().items() if n.startswith(PACKAGE_PREFIX) and part_of(n) == part
    }


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield every imported module, also where only the type checker looks."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case _:
                continue


def runtime_imports(tree: ast.Module) -> Iterator[str]:
    """Yield what is imported when the code runs: nothing below `if TYPE_CHECKING`."""
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    visible = [n for n in ast.walk(tree) if id(n) not in hidden and isinstance(n, ast.stmt)]
    for node in visible:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(ast.Module(body=[node], type_ignores=[]))


def test_every_part_of_the_package_has_a_place_in_the_order() -> None:
    parts = {part_of(name) for name in modules() if name.startswith(PACKAGE_PREFIX)}

    assert parts - {"__init__"} == set(INWARD)


@pytest.mark.parametrize("part", INWARD)
def test_a_part_imports_only_what_lies_further_in(part: str) -> None:
    allowed = INWARD[part] | {part}
    outward = [
        (name, imported)
        for name, tree in files_of(part).items()
        for imported in imports(tree)
        if imported.startswith("meterhouse.") and imported.split(".")[1] not in allowed
    ]

    assert outward == []


def arrows_between_subjects(part: str, trees: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Map each subject of a part, a package or a module below it, to those that it imports."""
    prefix = f"meterhouse.{part}."
    arrows = defaultdict[str, set[str]](set)
    for name, tree in trees.items():
        subject = name.removeprefix(f"{PACKAGE_PREFIX}{part}/").split("/")[0].removesuffix(".py")
        for imported in imports(tree):
            if imported.startswith(prefix):
                arrows[subject].add(imported.removeprefix(prefix).split(".")[0])
        arrows[subject].discard(subject)
    return arrows


@pytest.mark.parametrize("part", [part for part in INWARD if part not in {"errors", "ports"}])
def test_the_subjects_of_a_part_have_an_order_too(part: str) -> None:
    TopologicalSorter(arrows_between_subjects(part, files_of(part))).prepare()


def test_a_circle_of_subjects_would_be_noticed() -> None:
    circle = {
        "domain/usage/events.py": "from meterhouse.domain.records.record import Batch",
        "domain/records/record.py": "from meterhouse.domain.usage.events import Tags",
    }
    trees = {f"{PACKAGE_PREFIX}{name}": ast.parse(text) for name, text in circle.items()}

    with pytest.raises(CycleError):
        TopologicalSorter(arrows_between_subjects("domain", trees)).prepare()


@pytest.mark.parametrize("part", ["domain", "errors", "ports", "use_cases"])
def test_the_inner_parts_import_nothing_but_pure_modules_of_the_standard_library(part: str) -> None:
    impure = [
        (name, imported)
        for name, tree in files_of(part).items()
        for imported in imports(tree)
        if imported.split(".")[0] not in PURE | {"meterhouse"}
    ]

    assert impure == []


@pytest.mark.parametrize("part", ["domain", "errors", "ports", "use_cases"])
def test_the_inner_parts_are_told_the_time_and_never_read_a_clock(part: str) -> None:
    readers = [
        f"{name}:{node.lineno}: {ast.unparse(node)}"
        for name, tree in files_of(part).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in CLOCK_READERS
        and ast.unparse(node.value).split(".")[-1] in {"datetime", "date"}
    ]

    assert readers == []


def test_the_domain_counts_money_without_floats() -> None:
    floats = [
        f"{name}:{node.lineno}"
        for name, tree in files_of("domain").items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]

    assert floats == []


def test_only_adapters_and_the_composition_root_know_the_sdk() -> None:
    knowing = {
        name.removeprefix(PACKAGE_PREFIX)
        for name, tree in modules().items()
        if name.startswith(PACKAGE_PREFIX)
        and {imported.split(".")[0] for imported in runtime_imports(tree)} & {"boto3", "botocore"}
    }

    assert {name for name in knowing if not name.startswith("adapters/")} <= {"runtime/clients.py"}


def test_a_handler_knows_neither_adapters_nor_the_sdk() -> None:
    for name, tree in modules().items():
        if name.startswith("functions/"):
            found = set(imports(tree))
            assert not [i for i in found if i.startswith(("meterhouse.adapters", "boto"))], name


def test_nobody_imports_the_functions_but_their_tests() -> None:
    importers = [
        name
        for name, tree in modules().items()
        if not name.startswith("tests/")
        and any(imported.split(".")[0] == "functions" for imported in imports(tree))
    ]

    assert importers == []


def test_what_ships_imports_nothing_that_stays_here() -> None:
    shipped = {n: t for n, t in modules().items() if n.startswith(("functions/", PACKAGE_PREFIX))}
    strangers = [
        (name, imported)
        for name, tree in shipped.items()
        for imported in runtime_imports(tree)
        if imported.split(".")[0] in STAYS_HERE | {"loopback_console"}
        or imported.split(".")[0].startswith("mypy_boto3")
    ]

    assert strangers == []


def test_operations_use_the_package_and_nothing_that_stays_here() -> None:
    allowed = (*(f"meterhouse.{part}." for part in INWARD), "operations.")
    strangers = [
        (name, imported)
        for name, tree in modules().items()
        if name.startswith("operations/")
        for imported in imports(tree)
        if imported.split(".")[0] in STAYS_HERE | {"functions", "meterhouse"}
        and not imported.startswith(allowed)
    ]

    assert any(name.startswith("operations/") for name in modules())
    assert strangers == []


def test_what_stays_here_is_known_by_the_names_that_it_is_imported_by() -> None:
    folders = {name.split("/")[0] for name in modules()} - {"functions", "layers", *APART}
    packages = {name.split("/")[2] for name in modules() if name.startswith("sandbox/src/")}

    assert folders | packages <= STAYS_HERE


def test_what_consoles_are_made_of_knows_none_of_them() -> None:
    known = STAYS_HERE | {"functions", "meterhouse"}
    strangers = [
        (name, imported)
        for name, tree in modules().items()
        if name.startswith(tuple(f"{one}/src/" for one in APART))
        for imported in imports(tree)
        if imported.split(".")[0] in known
    ]

    assert any(name.startswith("loopback-console/src/") for name in modules())
    assert strangers == []


def test_of_the_sandbox_only_what_it_exports_is_used() -> None:
    exported = ("marketplace_sandbox.testing", "marketplace_sandbox.client")
    found = [
        (name, imported)
        for name, tree in modules().items()
        if not name.startswith("sandbox/") and name != "toolchain/same_behaviour.py"
        for imported in imports(tree)
        if imported.startswith("marketplace_sandbox")
    ]

    assert found
    assert [one for one in found if not one[1].startswith(exported)] == []


def test_the_rules_would_notice_a_breach() -> None:
    breach = ast.parse("import os\nfrom meterhouse.adapters.usage_table import UsageTable\n")
    guarded = ast.parse("if TYPE_CHECKING:\n    import boto3\nimport json\n")

    assert set(imports(breach)) == {"os", "meterhouse.adapters.usage_table.UsageTable"}
    assert set(imports(guarded)) == {"boto3", "json"}
    assert set(runtime_imports(guarded)) == {"json"}
