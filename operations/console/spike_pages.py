"""Forms that decide about records which wait because they are far beyond their norm (ADR 0032)."""

from collections.abc import Iterable
from dataclasses import dataclass

from loopback_console.forms import EntryError, Form
from loopback_console.visits import Visit

from meterhouse.domain.records.settlement import Operator
from operations.careful_ledger import CarefulUsageTable
from operations.console.confirming import check_done, check_seen, digest_of, marked, marks_of
from operations.console.stack import Stack
from operations.console.views import View
from operations.reconcile_function import ReconcileFunction
from operations.spikes import HeldSpike, decide_spikes, read_spikes

# Of the index so many entries are looked at; behind each is a request.
ENTRIES_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Decision:
    """What can be decided of such a record: the function's word, and what a person is told."""

    path: str
    command: str
    title: str
    told: str
    consequence: str
    back_to: str = "/needs-a-person"

    def ask(self, stack: Stack, visit: Visit) -> View:
        """Say what becomes of each record that is marked."""
        spikes = _marked(stack, visit.form)
        fields = {**marks_of(one.record for one in spikes), "seen": _digest(spikes)}
        return View("spikes.html", {"decision": self, "spikes": spikes, "fields": fields})

    def act(self, stack: Stack, visit: Visit) -> str:
        """Have it done as it was shown."""
        spikes = _marked(stack, visit.form)
        check_seen(visit.form, _digest(spikes))
        names = [one.record for one in spikes]
        operator = Operator(stack.caller())
        answer = decide_spikes(stack.open(ReconcileFunction), self.command, names, operator)
        check_done(answer, answer.decision)
        return self.back_to


RELEASE = Decision(
    path="/spikes/release",
    command="release",
    title="Have billed",
    told="The records are released.",
    consequence="They are sent by the next run, as they are frozen",
)
REJECT = Decision(
    path="/spikes/reject",
    command="reject",
    title="Leave unbilled",
    told="The records stay unbilled.",
    consequence="They are not billed: they stand among what ended unbilled, and can be redriven",
)
DECISIONS = (RELEASE, REJECT)


def _marked(stack: Stack, form: Form) -> list[HeldSpike]:
    names = marked(form)
    answer = read_spikes(stack.open(CarefulUsageTable), stack.now(), entries_max=ENTRIES_MAX)
    known = {one.record: one for one in answer.records}
    absent = [one for one in names if one not in known]
    if absent:
        raise EntryError(f"that does not wait as a spike: {', '.join(absent)}")
    return [known[one] for one in names]


def _digest(spikes: Iterable[HeldSpike]) -> str:
    return digest_of([one.record, one.units] for one in spikes)
