"""The page `/rules`: what is known of AWS, and how it is read where it contradicts itself."""

from dataclasses import dataclass

from loopback_console.forms import NOTHING
from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.visits import acting, reading
from marketplace_sandbox.facts.rule import Grade, Switch

_GRADES = (
    (Grade.MODEL, "the service model of botocore, which is the API's text"),
    (Grade.DOC, "AWS's guides and blog; DOC-OLD where only an older copy could be read"),
    (Grade.SKILL, "AWS's published agent skill, which is no contract"),
    (Grade.OBS, "seen or stated by others; LOCAL was tried out with botocore"),
    (Grade.INF, "not documented: the stricter or the more plausible reading"),
)


@dataclass(frozen=True, slots=True)
class SwitchRow:
    """One switch, and how it is read now."""

    switch: Switch
    now: str
    choices: tuple[tuple[str, str], ...]


class FactPages(Pages):
    """The page `/rules`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            reading("/rules", self.show_rules),
            acting("/rules/switches/{name}", self.set_reading, back_to=self.show_rules),
            acting("/rules/presets/{name}", self.set_preset, back_to=self.show_rules),
        ]

    def show_rules(self, visit: Visit) -> Response:
        """Show the register of rules and the switches."""
        desk = self._desks.facts
        readings = desk.readings()
        return self._layout.page(
            "rules.html",
            visit,
            section="rules",
            rules=desk.rules(),
            switches=[_view_switch(one, getattr(readings, one.name)) for one in desk.switches()],
            presets=[(one, one.turn(readings) == readings) for one in desk.presets()],
            grades=_GRADES,
            strong=(Grade.MODEL, Grade.DOC),
            nothing=NOTHING,
        )

    def set_reading(self, visit: Visit) -> str:
        """Read AWS in another way from now on."""
        self._desks.facts.set_reading(visit.path["name"], visit.form.required("value"))
        return "/rules?done=read"

    def set_preset(self, visit: Visit) -> str:
        """Turn all switches of a preset at once from now on."""
        self._desks.facts.set_preset(visit.path["name"])
        return "/rules?done=read"


def _view_switch(switch: Switch, now: str) -> SwitchRow:
    choices = tuple((reading.value, reading.value) for reading in switch.readings)
    return SwitchRow(switch, now, choices)
