"""The register of rules and the switches over the control API."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, TypedDict

from fastapi import APIRouter, Path

from marketplace_sandbox.control.answers import Document, refusals
from marketplace_sandbox.control.field_types import TEXT_LENGTH_MAX, Command, Text
from marketplace_sandbox.control.marketplace_in_use import Marketplace
from marketplace_sandbox.core.model.readings import Readings
from marketplace_sandbox.facts.rule import Rule, Switch
from marketplace_sandbox.hosted import HostedMarketplace

router = APIRouter(tags=["rules"])

SwitchName = Annotated[str, Path(description="The switch's name.", max_length=TEXT_LENGTH_MAX)]


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


class ReadingCommand(Command):
    """Read a question in this way from now on."""

    reading: Text


@router.get("/rules", response_model=RuleListDocument, responses=refusals())
def list_rules(marketplace: Marketplace) -> Document:
    """List what is known of AWS, and how well."""
    return Document({"rules": [rule_document(rule) for rule in marketplace.rules.rules()]})


@router.get("/switches", response_model=SwitchListDocument, responses=refusals())
def list_switches(marketplace: Marketplace) -> Document:
    """List the questions that AWS leaves open, and how they are read now."""
    return Document({"switches": _switches(marketplace)})


@router.put(
    "/switches/{name}", response_model=SwitchDocument, responses=refusals(HTTPStatus.NOT_FOUND)
)
def set_reading(name: SwitchName, command: ReadingCommand, marketplace: Marketplace) -> Document:
    """Read a question in another way from now on; what happened so far stays as it is."""
    marketplace.rules.set_reading(name, command.reading)
    return Document(next(one for one in _switches(marketplace) if one["name"] == name))


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


def _switches(marketplace: HostedMarketplace) -> list[SwitchDocument]:
    readings = marketplace.rules.readings()
    return [_switch_document(switch, readings) for switch in marketplace.rules.switches()]


def _switch_document(switch: Switch, readings: Readings) -> SwitchDocument:
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
