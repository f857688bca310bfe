"""The register of rules and the switches over the control API."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from marketplace_sandbox.control.answers import Document, refusals
from marketplace_sandbox.control.fact_documents import (
    PresetDocument,
    PresetListDocument,
    RuleListDocument,
    SwitchDocument,
    SwitchListDocument,
    preset_document,
    switch_document,
)
from marketplace_sandbox.control.field_types import TEXT_LENGTH_MAX, Command, Text
from marketplace_sandbox.control.marketplace_in_use import Marketplace
from marketplace_sandbox.hosted import HostedMarketplace

router = APIRouter(tags=["rules"])

SwitchName = Annotated[str, Path(description="The switch's name.", max_length=TEXT_LENGTH_MAX)]
PresetName = Annotated[str, Path(description="The preset's name.", max_length=TEXT_LENGTH_MAX)]


class ReadingCommand(Command):
    """Read a question in this way from now on."""

    reading: Text


@router.get("/rules", response_model=RuleListDocument, responses=refusals())
def list_rules(marketplace: Marketplace) -> Document:
    """List what is known of AWS, and how well."""
    return Document({"rules": marketplace.desks.facts.rules()})


@router.get("/switches", response_model=SwitchListDocument, responses=refusals())
def list_switches(marketplace: Marketplace) -> Document:
    """List the questions that AWS leaves open, and how they are read now."""
    return Document({"switches": _switches(marketplace)})


@router.put(
    "/switches/{name}", response_model=SwitchDocument, responses=refusals(HTTPStatus.NOT_FOUND)
)
def set_reading(name: SwitchName, command: ReadingCommand, marketplace: Marketplace) -> Document:
    """Read a question in another way from now on; what happened so far stays as it is."""
    marketplace.desks.facts.set_reading(name, command.reading)
    return Document(next(one for one in _switches(marketplace) if one["name"] == name))


@router.get("/presets", response_model=PresetListDocument, responses=refusals())
def list_presets(marketplace: Marketplace) -> Document:
    """List the presets, each of which turns several switches, and which of them are in force."""
    return Document({"presets": _presets(marketplace)})


@router.put(
    "/presets/{name}", response_model=PresetDocument, responses=refusals(HTTPStatus.NOT_FOUND)
)
def set_preset(name: PresetName, marketplace: Marketplace) -> Document:
    """Turn all switches of a preset at once from now on; what happened so far stays as it is."""
    marketplace.desks.facts.set_preset(name)
    return Document(next(one for one in _presets(marketplace) if one["name"] == name))


def _switches(marketplace: HostedMarketplace) -> list[SwitchDocument]:
    readings = marketplace.desks.facts.readings()
    return [switch_document(switch, readings) for switch in marketplace.desks.facts.switches()]


def _presets(marketplace: HostedMarketplace) -> list[PresetDocument]:
    readings = marketplace.desks.facts.readings()
    return [preset_document(preset, readings) for preset in marketplace.desks.facts.presets()]
