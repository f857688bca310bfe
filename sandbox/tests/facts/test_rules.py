"""The register of rules is complete: every rule and switch is tested, every test is of a rule."""

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.readings import PRESETS, Decimals, Readings, values_by_switch
from marketplace_sandbox.desks.facts import read_as, read_preset
from marketplace_sandbox.facts.document import rules_document
from marketplace_sandbox.facts.register import RULES
from marketplace_sandbox.facts.rule import Grade, Rule
from marketplace_sandbox.facts.sources import CAPTURED_EVENTS
from marketplace_sandbox.facts.switches import SWITCHES
from tests.builders import Shop, code_of, statuses

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "RULES.md"
PACKAGE = TESTS.parent / "src" / "marketplace_sandbox"
SECTION_NUMBER = re.compile(r"\bsections?\s+\d", re.IGNORECASE)
# The register has sections, and so has what the control API shows of it.
FREE_TO_CITE_SECTIONS = {"control", "facts"}
# Their docstrings are read in the control API's description, beside the name of RULES.md.
SHOWN_BY_THE_CONTROL_API = {"FaultKind", "MeteringMode", "ValueType"}
SECTIONS = {
    *("1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9"),
    *("2", "3.1", "3.2", "3.3", "4", "5.1", "5.2", "5.3", "5.4", "6", "7", "8"),
}


def functions_in(path: Path) -> list[str]:
    return [
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def conformance_tests() -> list[str]:
    paths = sorted((TESTS / "wire" / "conformance").glob("test_*.py"))
    return [name for path in paths for name in functions_in(path)]


def named_tests() -> set[str]:
    of_rules = {name for rule in RULES for name in rule.tested_by}
    return of_rules | {name for switch in SWITCHES for name in switch.tested_by}


def docstrings_in(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and node.name in SHOWN_BY_THE_CONTROL_API:
            continue
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def comments_in(text: str) -> str:
    """Join all comments, since a sentence goes on in the next line."""
    tokens = tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__)
    comments = (token.string for token in tokens if token.type == tokenize.COMMENT)
    return " ".join(comment.lstrip("# ") for comment in comments)


def cites_a_section(text: str) -> bool:
    return any(SECTION_NUMBER.search(prose) for prose in (*docstrings_in(text), comments_in(text)))


def test_every_rule_and_switch_names_tests_that_exist() -> None:
    existing = {name for path in TESTS.rglob("test_*.py") for name in functions_in(path)}
    assert named_tests() <= existing


def test_every_conformance_test_is_named_by_a_rule_or_a_switch() -> None:
    assert set(conformance_tests()) <= named_tests()


def test_conformance_tests_have_names_of_their_own() -> None:
    assert [name for name, count in Counter(conformance_tests()).items() if count > 1] == []


def test_every_switch_is_a_field_of_the_readings_with_all_of_its_values() -> None:
    assert [switch.name for switch in SWITCHES] == [field.name for field in fields(Readings)]
    for switch in SWITCHES:
        values = [reading.value for reading in switch.readings]
        assert values == list(values_by_switch()[switch.name])
        assert switch.default in values


def test_every_contradiction_has_a_switch() -> None:
    assert {switch.contradiction for switch in SWITCHES} == {f"C{n}" for n in range(1, 17)}


def test_every_section_has_rules_in_order() -> None:
    assert {rule.section for rule in RULES} == SECTIONS
    numbers = [[int(part) for part in rule.section.split(".")] for rule in RULES]
    assert numbers == sorted(numbers)


def test_rules_have_ids_of_their_own_and_one_sentence_each() -> None:
    assert len({rule.rule_id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.sentence.endswith(".")
        assert rule.source


def test_every_modelled_rule_and_switch_is_cited_in_the_file_that_keeps_it() -> None:
    kept = {rule.rule_id: rule.kept_by for rule in RULES if rule.tested_by}
    kept |= {switch.name: switch.kept_by for switch in SWITCHES}
    texts = {file: (PACKAGE / str(file)).read_text("utf-8") for file in set(kept.values())}
    assert [name for name, file in kept.items() if f"`{name}`" not in texts[file]] == []


def test_a_rule_that_is_not_modelled_is_kept_nowhere() -> None:
    assert [rule.rule_id for rule in RULES if rule.not_modelled and rule.kept_by] == []
    for tested_by, kept_by, why_not in ((("test",), None, None), ((), "core/x.py", "why not")):
        with pytest.raises(AssertionError, match="kept by a file"):
            Rule("a.b", "1.1", "It is.", Grade.INF, "nowhere", tested_by, kept_by, why_not)


@pytest.mark.parametrize(
    ("text", "is_cited"),
    [
        ('"""Do it (section\n1.2)."""', True),
        ("x = 1  # Sections 2 and 3", True),
        ("# as it stands in section\n# 0, C1", True),
        ('class A:\n    def b(self):\n        """See section 4."""', True),
        ("x = 'section 4'  # shown to users", False),
        ('"""A section of the page, `time.age-max`."""', False),
    ],
)
def test_a_section_number_is_found_wherever_prose_cites_it(text: str, *, is_cited: bool) -> None:
    assert cites_a_section(text) is is_cited


def test_code_cites_rules_by_their_ids_and_not_by_section_numbers() -> None:
    names = [path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")]
    bound = [name for name in names if name.partition("/")[0] not in FREE_TO_CITE_SECTIONS]
    citing = {name for name in bound if cites_a_section((PACKAGE / name).read_text("utf-8"))}
    assert len(bound) > 100
    assert citing == set()


def test_a_reading_can_be_chosen_while_the_marketplace_runs(shop: Shop) -> None:
    decimal = shop.licensed_record(Quantity=None, QuantityAsDecimal="2.5")
    assert statuses(shop.meter(decimal)) == ["Success"]
    readings = shop.marketplace.desks.facts.set_reading("decimals", "refused")
    assert readings.decimals is Decimals.REFUSED
    assert shop.marketplace.desks.facts.readings() == readings
    assert code_of(lambda: shop.meter(decimal)) == "ValidationException"
    assert shop.billed() == [("api_calls", "2.5")]


@pytest.mark.parametrize(
    ("name", "value"), [("weather", "sunny"), ("decimals", "sometimes"), ("__class__", "x")]
)
def test_an_unknown_switch_or_reading_is_refused_and_changes_nothing(
    shop: Shop, name: str, value: str
) -> None:
    with pytest.raises(ControlError):
        shop.marketplace.desks.facts.set_reading(name, value)
    assert shop.marketplace.desks.facts.readings() == Readings()


def test_every_reading_of_every_switch_can_be_chosen() -> None:
    for switch in SWITCHES:
        for reading in switch.readings:
            chosen = read_as(Readings(), switch.name, reading.value)
            assert getattr(chosen, switch.name) == reading.value


def test_events_as_they_were_observed_are_one_preset_and_the_default(shop: Shop) -> None:
    desk = shop.marketplace.desks.facts
    desk.set_reading("usage_age", "6h")
    default = desk.readings()
    documented = desk.set_preset("documented")
    assert documented.event_license_arn == "without_prefix"
    assert documented.license_updated == "at_once"
    assert documented.ended_offer == "present"
    assert documented.usage_age == "6h"
    assert desk.set_preset("observed") == default
    with pytest.raises(ControlError, match="only observed and documented"):
        desk.set_preset("imagined")
    assert desk.readings() == default


def test_a_preset_turns_what_was_captured_of_events_and_nothing_else() -> None:
    captured = {
        switch.name: reading.value
        for switch in SWITCHES
        for reading in switch.readings
        if reading.source == CAPTURED_EVENTS
    }
    observed, documented = (read_preset(Readings(), one.name) for one in PRESETS)
    turned = {
        field.name
        for field in fields(Readings)
        if getattr(observed, field.name) != getattr(documented, field.name)
    }
    assert turned == set(captured)
    assert all(set(one.readings) == turned for one in PRESETS)
    assert {name: getattr(observed, name) for name in captured} == captured


def test_the_desk_lists_the_register(shop: Shop) -> None:
    assert shop.marketplace.desks.facts.rules() == RULES
    assert shop.marketplace.desks.facts.switches() == SWITCHES


def test_the_document_of_the_rules_is_the_register() -> None:
    written = DOCUMENT.read_text("utf-8")
    assert written == rules_document(), "run python -m marketplace_sandbox.facts >RULES.md"
