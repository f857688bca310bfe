"""The register of rules and the switches, as JSON."""

from dataclasses import asdict
from typing import TypedDict

from marketplace_sandbox.core.model.readings import Preset, Readings
from marketplace_sandbox.facts.rule import Rule, Switch


class RuleDocument(TypedDict):
    """One thing that AWS does, with the section of the facts, its grade and its source."""

    rule_id: str
    section: str
    sentence: str
    grade: str
    source: str
    tested_by: list[str]
    not_modelled: str | None


class RuleListDocument(TypedDict):
    """The register, by section."""

    rules: list[RuleDocument]


class ReadingDocument(TypedDict):
    """One way to read AWS where it contradicts itself or is silent."""

    value: str
    sentence: str
    grade: str
    source: str


class SwitchDocument(TypedDict):
    """A question that AWS answers in several ways, and how it is read now."""

    name: str
    contradiction: str
    question: str
    reading: str
    default: str
    why_default: str
    readings: list[ReadingDocument]


class SwitchListDocument(TypedDict):
    """All switches."""

    switches: list[SwitchDocument]


class PresetDocument(TypedDict):
    """Several switches that can be turned at once, and whether all of them are read so now."""

    name: str
    sentence: str
    is_in_force: bool
    readings: dict[str, str]


class PresetListDocument(TypedDict):
    """All presets."""

    presets: list[PresetDocument]


def rule_document(rule: Rule) -> RuleDocument:
    """Write a rule."""
    return {
        "rule_id": rule.rule_id,
        "section": rule.section,
        "sentence": rule.sentence,
        "grade": str(rule.grade),
        "source": rule.source,
        "tested_by": list(rule.tested_by),
        "not_modelled": rule.not_modelled,
    }


def switch_document(switch: Switch, readings: Readings) -> SwitchDocument:
    """Write a switch, and how it is read now."""
    return {
        "name": switch.name,
        "contradiction": switch.contradiction,
        "question": switch.question,
        "reading": str(asdict(readings)[switch.name]),
        "default": switch.default,
        "why_default": switch.why_default,
        "readings": [
            {
                "value": one.value,
                "sentence": one.sentence,
                "grade": str(one.grade),
                "source": one.source,
            }
            for one in switch.readings
        ],
    }


def preset_document(preset: Preset, readings: Readings) -> PresetDocument:
    """Write a preset, and whether it is in force."""
    return {
        "name": preset.name,
        "sentence": preset.sentence,
        "is_in_force": preset.turn(readings) == readings,
        "readings": {name: str(value) for name, value in preset.readings.items()},
    }
