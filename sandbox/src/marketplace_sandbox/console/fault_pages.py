"""The page `/faults`: what goes wrong on purpose."""

from loopback_console.forms import Form
from loopback_console.visits import Visit
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.console.fault_words import EXAMPLES, FAULT_WORDS, view_fault
from marketplace_sandbox.console.layout import Pages
from marketplace_sandbox.console.views.shown import first
from marketplace_sandbox.console.visits import acting, reading
from marketplace_sandbox.core.model.faults import MATCHERS, FaultKind, NewFault
from marketplace_sandbox.core.model.operation import Operation

FAULTS_SHOWN_MAX = 100
_ANY_OPERATION = "any"


class FaultPages(Pages):
    """The page `/faults`."""

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            reading("/faults", self.show_faults),
            acting("/faults", self.script, back_to=self.show_faults),
            acting("/faults/clear", self.clear, back_to=self.show_faults),
            acting("/faults/{fault_id}/remove", self.remove, back_to=self.show_faults),
        ]

    def show_faults(self, visit: Visit) -> Response:
        """Show the faults that wait, and how to inject one."""
        return self._layout.page(
            "faults.html",
            visit,
            section="faults",
            faults=first(self._desks.faults.faults(), FAULTS_SHOWN_MAX).each(view_fault),
            words=FAULT_WORDS,
            examples=EXAMPLES,
            operations=[(_ANY_OPERATION, "any"), *((one.value, one.value) for one in Operation)],
        )

    def script(self, visit: Visit) -> str:
        """Inject a fault."""
        self._desks.faults.script(read_new_fault(visit.form))
        return "/faults?done=scripted"

    def remove(self, visit: Visit) -> str:
        """Forget one fault."""
        self._desks.faults.remove(visit.path["fault_id"])
        return "/faults?done=removed"

    def clear(self, _: Visit) -> str:
        """Forget all faults."""
        self._desks.faults.clear()
        return "/faults?done=cleared"


def read_new_fault(form: Form) -> NewFault:
    """Read the form for a fault; raise ControlError where it cannot be read."""
    operation = None
    if form.entered("operation") != _ANY_OPERATION:
        operation = form.choice("operation", Operation)
    return NewFault(
        operation,
        form.choice("kind", FaultKind),
        form.integer("count"),
        probability=form.decimal("probability"),
        delay_seconds=form.decimal("delay_seconds"),
        **{name: form.text(name) for name in MATCHERS},
    )
