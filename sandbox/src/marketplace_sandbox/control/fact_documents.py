"""The register of rules and the switches, as JSON."""

from typing import TypedDict

from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.core.model.readings import Preset, Readings
from marketplace_sandbox.facts.rule import Reading, Rule, Switch


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


rule_document = declare(RuleDocument, Rule)
declare(ReadingDocument, Reading)


_usual_switch_document = declare(SwitchDocument, Switch, reading=lambda switch: switch.default)


def switch_document(switch: Switch, readings: Readings) -> SwitchDocument:
    """Write a switch, and how it is read now."""
    return {**_usual_switch_document(switch), "reading": str(getattr(readings, switch.name))}


def preset_document(preset: Preset, readings: Readings) -> PresetDocument:
    """Write a preset, and whether it is in force."""
    return {
        "name": preset.name,
        "sentence": preset.sentence,
        "is_in_force": preset.turn(readings) == readings,
        "readings": {name: str(value) for name, value in preset.readings.items()},
    }
