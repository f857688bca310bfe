"""Breaks of production code, made on purpose: the simulation must find every one of them.

This is the only module that may patch our own code, and only inside a process of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from meterhouse.adapters import metering_api
from meterhouse.domain import closing, decisions, folding
from meterhouse.domain.records.answers import Accepted, Missing, Unprocessed
from meterhouse.use_cases import drain_usage, send_records, submit_records
from meterhouse.use_cases.drain_usage import DrainUsage
from meterhouse.use_cases.billing.send_records import SendRecords
from meterhouse.use_cases.submit_records import QueueView
from tests.fakes.ledger import InMemoryLedger
from tests.simulation import wrong_code
from tests.simulation.ledger import SimulatedLedger
from tests.simulation.tables import SimulatedSubscriptionBook
from tests.simulation.wrong_code import Original


@dataclass(frozen=True, slots=True)
class Mutant:
    """One break: `change` makes the wrong function from the right one.

    `seed` is a history that found it when this was written, so that a short check need not search;
    `histories_max` is how many more may pass before one finds it.
    """

    name: str
    owner: object
    attribute: str
    change: Callable[[Original], Original]
    seed: int = 1
    histories_max: int = 1_000

    def apply(self) -> None:
        """Break the code of this process."""
        setattr(self.owner, self.attribute, self.change(getattr(self.owner, self.attribute)))


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "sends before the claim is written",
        submit_records.SubmitRecords,
        "_commit",
        wrong_code.write_no_claim,
    ),
    Mutant(
        "seals without the version",
        InMemoryLedger,
        "commit",
        wrong_code.without_version(wrong_code.is_sealing),
    ),
    Mutant("folds again for a retry", decisions, "_claim", wrong_code.refold),
    Mutant("stamps the time of sending", SendRecords, "_call", wrong_code.stamp_sending),
    Mutant(
        "takes unprocessed for accepted",
        SendRecords,
        "_settle_answers",
        wrong_code.answer_as(Unprocessed, Accepted("r")),
    ),
    Mutant(
        "takes missing for unprocessed",
        SendRecords,
        "_settle_answers",
        wrong_code.answer_as(Missing, Unprocessed()),
    ),
    Mutant(
        "carries late usage without the version",
        InMemoryLedger,
        "commit",
        wrong_code.without_version(wrong_code.is_carrying),
        seed=140,
    ),
    Mutant(
        "carries without the home page",
        drain_usage,
        "commit_change",
        wrong_code.commit_instead(lambda change: replace(change, late_page=None)),
        seed=16,
    ),
    Mutant(
        "forgets the page of late usage",
        drain_usage,
        "commit_change",
        wrong_code.commit_instead(lambda change: replace(change, carried=None)),
    ),
    Mutant(
        "forgets the page of a carried record",
        submit_records,
        "commit_change",
        wrong_code.commit_instead(lambda change: replace(change, carried=None)),
    ),
    Mutant("counts a second send as the first", decisions, "_claim", wrong_code.claim_as_first),
    Mutant(
        "stores outcomes of lost claims",
        send_records,
        "_is_same_claim",
        wrong_code.keep_no_claim,
        seed=283,
    ),
    Mutant(
        "takes a foreign duplicate for its own",
        send_records,
        "settle_answer",
        wrong_code.settle_as(surely_unsent=False),
        seed=9,
    ),
    Mutant(
        "takes a refused retry for the whole truth",
        send_records,
        "settle_refusal",
        wrong_code.settle_as(surely_unsent=True),
    ),
    Mutant(
        "acknowledges messages that failed", DrainUsage, "__call__", wrong_code.acknowledge, seed=12
    ),
    Mutant(
        "takes a failed write for written",
        SimulatedLedger,
        "journal",
        wrong_code.take_failed_for_written,
        seed=15,
    ),
    Mutant(
        "seals while a backlog waits",
        QueueView,
        "is_drained",
        wrong_code.always(answer=True),
        seed=8,
    ),
    Mutant("counts repeats", folding, "_fold", wrong_code.count_repeats),
    Mutant(
        "carries events that it knows",
        drain_usage,
        "unseen_events",
        wrong_code.forget_home_pages,
    ),
    Mutant("knows no deadline", decisions, "is_sendable", wrong_code.always(answer=True)),
    Mutant("believes that a 5xx did nothing", SendRecords, "_call", wrong_code.believe_5xx, seed=7),
    Mutant("bills through a float", send_records, "usage_record", wrong_code.through_float),
    Mutant("carries what expired", decisions, "_decide_submitting", wrong_code.carry_expired),
    Mutant(
        "forgets half of a refused call", SendRecords, "_settle_refusal", wrong_code.forget_half
    ),
    Mutant(
        "matches answers without their hour",
        metering_api,
        "_echo_keys",
        wrong_code.ignore_hours,
        seed=12,
    ),
    Mutant(
        "forgets what is beyond the largest quantity",
        decisions,
        "seal_usage",
        wrong_code.forget_rest,
    ),
    Mutant("forgets tags when it carries", closing, "carry", wrong_code.forget_tags),
    Mutant(
        "takes a renewed license for the one before",
        SimulatedSubscriptionBook,
        "find",
        wrong_code.bill_first_license,
        seed=8,
    ),
    Mutant(
        "writes one page of several", drain_usage, "paginate", wrong_code.keep_first_page, seed=50
    ),
)
