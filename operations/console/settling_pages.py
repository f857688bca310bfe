"""Forms that say what became of usage that AWS does not bill: written off, billed elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from loopback_console.forms import EntryError, Form
from loopback_console.visits import Visit

from meterhouse.domain.records.settlement import Operator
from meterhouse.errors import CommandUnreadableError
from operations.careful_ledger import CarefulUsageTable
from operations.console.confirming import check_done, check_seen, digest_of, marked, marks_of
from operations.console.stack import Stack
from operations.console.views import View
from operations.reconcile_function import ReconcileFunction
from operations.record_orders import Command, command_of, send_command
from operations.settling import Effect, SettledAnswer, effects_of, words_of

# Effects are worked out before anything is entered.
_NOT_SAID_YET = "-"


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that can be said of such usage.

    Attributes:
        path: the action's; the question's lies below it.
        command: what the function calls it, and `said` what is always said with it.
        wants_reference: whether it is said, too, where the usage is billed.
        back_to: the page that follows.
        title: what a person does; `told` says that it is done, and `consequence` what comes of it.

    """

    path: str
    command: str
    said: Mapping[str, str]
    title: str
    told: str
    consequence: str
    back_to: str
    wants_reference: bool = False

    def ask(self, stack: Stack, visit: Visit) -> View:
        """Say what would become of each record that is marked, and ask why."""
        effects = self._effects(stack, visit.form)
        some = [one for one in effects if one.units or one.late_units]
        fields = {**marks_of(one.record for one in some), "seen": _digest(some)}
        return View(
            "settling.html", {"way": self, "effects": effects, "fields": fields, "some": some}
        )

    def act(self, stack: Stack, visit: Visit) -> str:
        """Have it done as it was shown."""
        form = visit.form
        said = {"reason": form.required("reason")}
        if self.wants_reference:
            said["reference"] = form.required("reference")
        check_seen(form, _digest(self._effects(stack, form)))
        command = self._command(stack, form, said)
        records = send_command(stack.open(ReconcileFunction), command)
        check_done(SettledAnswer(records=records), "done")
        return self.back_to

    def _effects(self, stack: Stack, form: Form) -> tuple[Effect, ...]:
        said = {"reason": _NOT_SAID_YET}
        if self.wants_reference:
            said["reference"] = _NOT_SAID_YET
        return effects_of(stack.open(CarefulUsageTable), words_of(self._command(stack, form, said)))

    def _command(self, stack: Stack, form: Form, said: Mapping[str, str]) -> Command:
        """Return what is sent to the function; raises EntryError if it would not read it."""
        operator = Operator(stack.caller(), form.text("by"))
        command = command_of(self.command, marked(form), operator, {**self.said, **said})
        try:
            words_of(command)
        except CommandUnreadableError as error:
            raise EntryError(str(error)) from error
        return command


def _digest(effects: Iterable[Effect]) -> str:
    return digest_of(asdict(one) for one in effects)


WRITE_OFF = Way(
    path="/write-off",
    command="settle",
    said={"as": "written_off"},
    title="Write off",
    told="It is written off.",
    consequence="Nobody is to pay for it, and it needs nobody any more",
    back_to="/needs-a-person",
)
BILL_ELSEWHERE = Way(
    path="/bill-elsewhere",
    command="settle",
    said={"as": "billed_elsewhere"},
    title="Note as billed elsewhere",
    told="It is noted as billed elsewhere.",
    consequence=(
        "Its buyer pays for it otherwise, no redrive bills it, and it needs nobody any more"
    ),
    back_to="/needs-a-person",
    wants_reference=True,
)
REOPEN = Way(
    path="/reopen",
    command="reopen",
    said={},
    title="Reopen",
    told="It is reopened, and needs a person again.",
    consequence=(
        "It needs a person again, and a REJECTED record can be redriven: be sure that nobody has "
        "paid for it"
    ),
    back_to="/needs-a-person",
)
WAYS = (WRITE_OFF, BILL_ELSEWHERE, REOPEN)
