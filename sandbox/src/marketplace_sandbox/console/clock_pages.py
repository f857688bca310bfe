"""What a person does to the sandbox itself: clock, faults, switches."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.fault_words import EXAMPLES, FAULT_WORDS, view_fault
from marketplace_sandbox.console.forms import NOTHING, Form
from marketplace_sandbox.console.layout import Layout
from marketplace_sandbox.console.views.clock import STEPS, plan_jumps
from marketplace_sandbox.console.visits import Visit, acting, reading
from marketplace_sandbox.core.model.errors import invalid
from marketplace_sandbox.core.model.faults import FaultKind, NewFault
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.facts.rule import Grade, Switch
from marketplace_sandbox.hosted import HostedMarketplace

FAULTS_SHOWN_MAX = 100
ADVANCE_SECONDS_MAX = 10 * 366 * 86_400
_ANY_OPERATION = "any"
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


class StagePages:
    """The pages `/clock`, `/faults` and `/rules`."""

    def __init__(self, marketplace: HostedMarketplace, layout: Layout) -> None:
        self._marketplace = marketplace
        self._layout = layout

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            reading("/clock", self.show_clock),
            acting("/clock/advance", self.advance, back_to=self.show_clock),
            acting("/clock/set", self.set_clock, back_to=self.show_clock),
            acting("/clock/speed", self.set_speed, back_to=self.show_clock),
            reading("/faults", self.show_faults),
            acting("/faults", self.script, back_to=self.show_faults),
            acting("/faults/clear", self.clear, back_to=self.show_faults),
            acting("/faults/{fault_id}/remove", self.remove, back_to=self.show_faults),
            reading("/rules", self.show_rules),
            acting("/rules/switches/{name}", self.set_reading, back_to=self.show_rules),
        ]

    def show_clock(self, visit: Visit) -> Response:
        """Show how time runs and where it can be moved."""
        jumps = plan_jumps(self._marketplace.now())
        return self._layout.page(
            "clock.html",
            visit,
            section="clock",
            steps=STEPS,
            next_month_at=jumps.next_month_at,
            next_close_at=jumps.next_close_at,
        )

    def advance(self, visit: Visit) -> str:
        """Move the clock forward."""
        seconds = visit.form.integer("seconds")
        if seconds is None or not 0 <= seconds <= ADVANCE_SECONDS_MAX:
            raise invalid(f"seconds must lie between 0 and {ADVANCE_SECONDS_MAX}")
        self._marketplace.time.advance(timedelta(seconds=seconds))
        return "/clock?done=clock"

    def set_clock(self, visit: Visit) -> str:
        """Show another time."""
        at = visit.form.instant("at")
        if at is None:
            raise invalid("the time must be filled in")
        self._marketplace.time.set(at)
        return "/clock?done=clock"

    def set_speed(self, visit: Visit) -> str:
        """Freeze, resume or speed up."""
        speed = visit.form.decimal("speed")
        if speed is None:
            raise invalid("speed must be filled in")
        self._marketplace.time.set_speed(speed)
        return "/clock"

    def show_faults(self, visit: Visit) -> Response:
        """Show the faults that wait, and how to inject one."""
        faults = self._marketplace.mishaps.faults()
        return self._layout.page(
            "faults.html",
            visit,
            section="faults",
            faults=[view_fault(one) for one in faults[:FAULTS_SHOWN_MAX]],
            hidden=max(0, len(faults) - FAULTS_SHOWN_MAX),
            words=FAULT_WORDS,
            examples=EXAMPLES,
            operations=[(_ANY_OPERATION, "any"), *((one.value, one.value) for one in Operation)],
        )

    def script(self, visit: Visit) -> str:
        """Inject a fault."""
        self._marketplace.mishaps.script(read_new_fault(visit.form))
        return "/faults?done=scripted"

    def remove(self, visit: Visit) -> str:
        """Forget one fault."""
        self._marketplace.mishaps.remove(visit.path["fault_id"])
        return "/faults?done=removed"

    def clear(self, _: Visit) -> str:
        """Forget all faults."""
        self._marketplace.mishaps.clear()
        return "/faults?done=cleared"

    def show_rules(self, visit: Visit) -> Response:
        """Show the register of rules and the switches."""
        desk = self._marketplace.rules
        readings = desk.readings()
        return self._layout.page(
            "rules.html",
            visit,
            section="rules",
            rules=desk.rules(),
            switches=[_view_switch(one, getattr(readings, one.name)) for one in desk.switches()],
            grades=_GRADES,
            strong=(Grade.MODEL, Grade.DOC),
            nothing=NOTHING,
        )

    def set_reading(self, visit: Visit) -> str:
        """Read AWS in another way from now on."""
        self._marketplace.rules.set_reading(visit.path["name"], visit.form.required("value"))
        return "/rules?done=read"


def read_new_fault(form: Form) -> NewFault:
    """Read the form for a fault; raise ControlError where it cannot be read."""
    operation = None
    if form.entered("operation") != _ANY_OPERATION:
        operation = form.choice("operation", Operation)
    return NewFault(
        operation,
        form.choice("kind", FaultKind),
        form.integer("count"),
        form.text("dimension"),
        license_arn=form.text("license_arn"),
        customer_aws_account_id=form.text("customer_aws_account_id"),
        customer_identifier=form.text("customer_identifier"),
        product_code=form.text("product_code"),
        region=form.text("region"),
        probability=form.decimal("probability"),
        delay_seconds=form.decimal("delay_seconds"),
    )


def _view_switch(switch: Switch, now: str) -> SwitchRow:
    choices = tuple((reading.value, reading.value) for reading in switch.readings)
    return SwitchRow(switch, now, choices)
