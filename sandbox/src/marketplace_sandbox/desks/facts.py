"""The register of rules, and the switches between readings of AWS's contradictions."""

from dataclasses import replace
from typing import Any

from marketplace_sandbox.core.model.errors import ControlError, ControlProblem, invalid
from marketplace_sandbox.core.model.readings import PRESETS, Preset, Readings, values_by_switch
from marketplace_sandbox.desks.steps import BeginStep, not_found
from marketplace_sandbox.facts.register import RULES
from marketplace_sandbox.facts.rule import Rule, Switch
from marketplace_sandbox.facts.switches import SWITCHES


class FactsDesk:
    """What is known of AWS, and how it is read where that is not enough."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def rules(self) -> tuple[Rule, ...]:
        """List the register, by section."""
        return RULES

    def switches(self) -> tuple[Switch, ...]:
        """List the questions that AWS answers in several ways, and the readings of each."""
        return SWITCHES

    def readings(self) -> Readings:
        """Return how each question is read at this moment."""
        with self._step() as step:
            return step.state.readings

    def set_reading(self, name: str, value: str) -> Readings:
        """Read a question in another way from now on; what happened so far stays as it is.

        Raises ControlError for a switch or a reading that there is none of.
        """
        with self._step() as step:
            step.state.readings = read_as(step.state.readings, name, value)
            return step.state.readings

    def presets(self) -> tuple[Preset, ...]:
        """List the presets, each of which turns several switches."""
        return PRESETS

    def set_preset(self, name: str) -> Readings:
        """Turn all switches of a preset at once from now on; what happened so far stays as it is.

        Raises ControlError for a preset that there is none of.
        """
        with self._step() as step:
            step.state.readings = read_preset(step.state.readings, name)
            return step.state.readings


def read_preset(readings: Readings, name: str) -> Readings:
    """Return the readings as a preset has them; raise ControlError for an unknown name."""
    preset = next((one for one in PRESETS if one.name == name), None)
    if preset is None:
        known = " and ".join(one.name for one in PRESETS)
        message = f"there is no preset {name}, only {known}"
        raise ControlError(ControlProblem.NOT_FOUND, "PresetNotFound", message)
    return preset.turn(readings)


def read_as(readings: Readings, name: str, value: str) -> Readings:
    """Return the readings with one changed; raise ControlError for an unknown name or value."""
    kind = values_by_switch().get(name)
    if kind is None:
        raise not_found("switch", name)
    if value not in kind:
        raise invalid(f"{name} is one of {', '.join(kind)}")
    changed: dict[str, Any] = {name: kind(value)}
    return replace(readings, **changed)
