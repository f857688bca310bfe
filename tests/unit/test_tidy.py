"""House rules that a linter cannot know; a failure names every place to mend."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.unit.repository import REPOSITORY, files, modules, nodes, texts

MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
HANDLER_LINES_MAX = 40
VAGUE_NAMES = re.compile(r"(?:^|_)(?:utils?|helpers?|common|managers?|misc|stuff)(?:_|$)")
# Pieced together, so that this file does not break its own rule.
MACHINE_PATHS = re.compile("/(?:" + "work|root|home" + r")/[\w.]|/tmp/\w+/bin")
REGISTRY_HOSTS = re.compile("py" + r"pi\.org|python" + r"hosted\.org|registry\.npm" + "js")
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + r"X)\b")
VOCABULARY = {
    *("setup", "demo", "up", "down", "replay", "test", "check", "unit", "integration", "e2e"),
    *("simulate", "build", "smoke", "lint", "fmt", "lock", "deploy", "clean", "help"),
}
LOCAL_CASES = re.compile(
    r"\bis_local\b|\bif local\b|AWS_SAM_LOCAL|ministack|localhost|127\.0\.0\.1", re.IGNORECASE
)
DECISION = re.compile(r"docs/adr/(\d{4})-[a-z0-9-]+\.md")
CHANGE_KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def functions_of(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_module_is_longer_than_a_reader_keeps_in_mind() -> None:
    lengths = {name: len(texts()[name].splitlines()) for name in modules()}

    assert {name: n for name, n in lengths.items() if n > MODULE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        f"{name}:{function.name}": (function.end_lineno or 0) - function.lineno + 1
        for name, tree in modules().items()
        for function in functions_of(tree)
    }

    assert {name: n for name, n in lengths.items() if n > FUNCTION_LINES_MAX} == {}


def test_no_module_function_or_class_has_a_name_that_says_nothing() -> None:
    names = [(name, name.rsplit("/", 1)[-1].removesuffix(".py")) for name in modules()]
    for name, tree in modules().items():
        names += [(name, function.name) for function in functions_of(tree)]

    assert [(name, vague) for name, vague in names if VAGUE_NAMES.search(vague)] == []


def test_no_import_is_relative_because_lambda_has_no_package_at_var_task() -> None:
    relative = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        for node in nodes(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


@pytest.mark.parametrize(
    "name", sorted(folder.name for folder in (REPOSITORY / "functions").iterdir())
)
def test_a_function_folder_holds_app_py_and_nothing_else(name: str) -> None:
    folder = REPOSITORY / "functions" / name

    assert [file for file in files() if file.is_relative_to(folder)] == [folder / "app.py"]


def test_functions_holds_nothing_but_function_folders() -> None:
    inside = [file for file in files() if file.is_relative_to(REPOSITORY / "functions")]

    assert {file.name for file in inside} == {"app.py"}
    assert {file.parents[1] for file in inside} == {REPOSITORY / "functions"}


def test_a_handler_parses_calls_one_use_case_and_answers() -> None:
    handlers = {name: tree for name, tree in modules().items() if name.startswith("functions/")}

    assert handlers
    for name, tree in handlers.items():
        last = tree.body[-1]
        assert isinstance(last, ast.FunctionDef), name
        assert last.name == "lambda_handler", f"{name}: lambda_handler stands last"
        assert len(texts()[name].splitlines()) <= HANDLER_LINES_MAX, name


def test_nothing_names_a_path_of_one_machine() -> None:
    assert lines_with(MACHINE_PATHS) == []


def test_nothing_but_the_lock_names_a_package_registry() -> None:
    assert lines_with(REGISTRY_HOSTS) == []


def test_nothing_is_left_for_later_without_an_issue() -> None:
    assert lines_with(UNFINISHED) == []


def test_what_ships_does_not_ask_whether_it_runs_locally() -> None:
    shipped = ("functions/", "layers/meterhouse/python/")

    assert [line for line in lines_with(LOCAL_CASES) if line.startswith(shipped)] == []


def test_a_pin_of_a_tool_and_its_lock_agree() -> None:
    pins = re.findall(r"^(\w+)_packages := (.+)$", texts()["Makefile"], re.MULTILINE)

    assert pins
    for tool, packages in pins:
        lock = texts()[f"toolchain/{tool}.txt"]
        # A lock names what an extra brings, not the extra.
        names = [re.sub(r"\[.*\]", "", package) for package in packages.split()]
        assert all(f"\n{name} " in f"\n{lock}" for name in names), tool


def test_make_help_explains_the_whole_vocabulary() -> None:
    explained = re.findall(r"^([a-z0-9-]+):.*## \S", texts()["Makefile"], re.MULTILINE)

    assert set(explained) >= VOCABULARY


def test_decisions_are_numbered_dated_and_say_context_decision_and_consequences() -> None:
    records = {match[1]: texts()[match[0]] for match in map(DECISION.fullmatch, texts()) if match}

    assert sorted(records) == [f"{number:04}" for number in range(1, len(records) + 1)]
    for number, text in records.items():
        assert re.match(rf"# {number}\. \S.*\n", text), number
        assert re.search(r"^Date: \d{4}-\d\d-\d\d\. Status: Accepted", text, re.MULTILINE), number
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], number


@pytest.mark.parametrize("name", ["CHANGELOG.md", "sandbox/CHANGELOG.md"])
def test_a_changelog_keeps_its_shape(name: str) -> None:
    text = texts()[name]
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    kinds = re.findall(r"^### (.+)$", text, re.MULTILINE)

    assert text.startswith("# Changelog\n")
    assert headings[0] in {"Unreleased", "[Unreleased]"}
    assert set(kinds) <= CHANGE_KINDS
