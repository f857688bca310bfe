"""Breaks of production code, made on purpose: the simulation must find every one of them."""

from types import SimpleNamespace

from meterhouse.adapters import marketplace as metering_api
from meterhouse.adapters.usage_table.drain_notes import DrainNotes
from meterhouse.domain.allowances.allowance import Allowance
from meterhouse.domain.journal import closing, head, meter_fold
from meterhouse.domain.journal.carrying import Arrival
from meterhouse.domain.journal.closing_plan import ClosingPlan
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.meter_fold import MeterFold
from meterhouse.domain.records import step_when_due
from meterhouse.domain.records.answers import Accepted, Missing, Unprocessed
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.subscriptions.final_hour import FinalUsage
from meterhouse.domain.usage.backlog import QueueView
from meterhouse.use_cases.billing import (
    carry_usage,
    close_log,
    final_hours,
    send_records,
    step_batch,
)
from meterhouse.use_cases.billing.carry_usage import CarryUsage
from meterhouse.use_cases.billing.close_log import CloseLog
from meterhouse.use_cases.billing.redrive_record import RedriveRecord
from meterhouse.use_cases.billing.send_records import SendRecords
from meterhouse.use_cases.drain_usage import DrainUsage
from meterhouse.use_cases.journal import append_usage, read_log, recover_segments
from meterhouse.use_cases.journal.append_usage import AppendUsage
from meterhouse.use_cases.journal.recover_segments import RecoverSegments
from tests.fakes.ledger import InMemoryLedger
from tests.simulation import wrong_code as code
from tests.simulation import wrong_journal as journal
from tests.simulation.functions import Deployment
from tests.simulation.mutant import Mutant
from tests.simulation.mutants_of_subscriptions import SUBSCRIPTIONS
from tests.simulation.mutants_of_tenants import TENANTS
from tests.simulation.tables import SimulatedQuota, SimulatedSubscriptionBook
from tests.simulation.wrong_journal import always

CLOSE, SEND = CloseLog, SendRecords
CARRY, APPEND, TABLE = CarryUsage, AppendUsage, InMemoryLedger


_PROTOCOL = (
    Mutant("looks before it appends", APPEND, "__call__", journal.look_then_append, seed=228),
    Mutant(
        "takes a failed write for written", APPEND, "_append", code.take_failed_for_written, seed=23
    ),
    Mutant("tells nobody of usage in arrears", APPEND, "_is_told", always(answer=True), seed=2),
    Mutant(
        "appends one segment of several",
        append_usage,
        "encode_events",
        code.keep_first_segment,
        seed=50,
    ),
    Mutant("lists before it closes", CLOSE, "__call__", journal.list_then_close, seed=1763),
    Mutant("folds what is in no manifest", TABLE, "manifests", journal.count_all_segments),
    Mutant("folds only what fits", LogFold, "add", journal.fold_what_fits, seed=27),
    Mutant("freezes without the lease", TABLE, "freeze", journal.freeze_without_lease, seed=9),
    Mutant("freezes after an unanswered freeze", CLOSE, "__call__", journal.freeze_again, seed=45),
    Mutant("gives all leases one token", Deployment, "_new_token", always("token"), seed=9),
    Mutant("forgets what was set aside", RecoverSegments, "__call__", always(()), seed=93),
    Mutant(
        "recovers what counts elsewhere",
        recover_segments,
        "decode_segment",
        always(SimpleNamespace(origin="")),
        seed=237,
    ),
    Mutant("takes a flushed log for dealt with", CLOSE, "__call__", journal.settle_at_once),
    Mutant("puts a woken head to sleep", TABLE, "release", journal.put_to_sleep, seed=125),
    Mutant(
        "postpones whatever came meanwhile", TABLE, "postpone", journal.postpone_anyhow, seed=54
    ),
    Mutant(
        "forgets that usage was noted", head.Head, "has_new_usage", journal.forget_what_was_noted
    ),
    Mutant("waits for no quiet", head, "quiet_time_of", journal.wait_for_no_quiet, seed=None),
    Mutant("closes while a backlog waits", QueueView, "is_drained", always(answer=True), seed=3),
    Mutant(
        "flushes while its messages wait", FinalUsage, "is_ready", code.flush_undrained, seed=215
    ),
    Mutant("bills no final hour by itself", final_hours, "final_usage_of", always(None), seed=49),
    Mutant("takes late usage for billed", read_log, "freezes_of", journal.know_all_as_billed),
    Mutant(
        "takes billed usage for late", close_log, "form_batches", journal.freeze_through(0), seed=2
    ),
    Mutant(
        "forgets what a freeze left out",
        close_log,
        "form_batches",
        journal.leave_out_silently,
        seed=445,
    ),
    Mutant("forgets late usage", close_log, "late_parts", always(())),
    Mutant("counts late events again", MeterFold, "_merge", journal.forget_earlier),
    Mutant("writes late usage down again", close_log, "late_name", journal.number_anew),
    Mutant("writes a remainder down again", carry_usage, "rest_name", journal.number_anew),
    Mutant(
        "carries before it writes down", CARRY, "_write_down", journal.write_nothing_down, seed=10
    ),
    Mutant("delivers under a new key each time", CARRY, "_deliver", journal.deliver_anew),
    Mutant("moves a target unseen", TABLE, "write_carry", journal.move_without_comparing, seed=45),
    Mutant(
        "moves what has arrived",
        carry_usage,
        "judge_arrival",
        journal.judge_as(Arrival.MISSED, Arrival.ARRIVED),
        seed=17,
    ),
    Mutant(
        "moves before the manifest is written",
        carry_usage,
        "judge_arrival",
        journal.judge_as(Arrival.MISSED, Arrival.UNDECIDED),
        seed=358,
    ),
    Mutant("forgets a remainder that it froze", CARRY, "rest", always(answer=True)),
    Mutant("forgets a record that it carries", CARRY, "record", always(answer=True)),
)

_RECORDS = (
    Mutant(
        "sends before the claim is written", TABLE, "freeze", journal.freeze_unclaimed, seed=479
    ),
    Mutant(
        "sends while another's claim holds",
        step_batch,
        "step_when_due",
        code.keep_no_lease,
        seed=79,
    ),
    Mutant(
        "counts a second send as the first",
        step_batch,
        "step_when_due",
        code.claim_as_first,
        seed=9,
    ),
    Mutant(
        "stores outcomes of lost claims", send_records, "_is_ours", code.keep_no_claim, seed=246
    ),
    Mutant("compares no count of sends", send_records, "_is_ours", code.compare_no_sends, seed=334),
    Mutant("compares no versions of batches", TABLE, "store", code.store_any_version, seed=None),
    Mutant(
        "folds again for a retry", SEND, "_call", code.change_sealed(code.is_retried, code.refold)
    ),
    Mutant(
        "stamps the time of sending", SEND, "_call", code.change_sealed(lambda _: True, code.stamp)
    ),
    Mutant(
        "takes unprocessed for accepted",
        SEND,
        "_settle_answers",
        code.answer_as(Unprocessed, Accepted("r")),
        seed=330,
    ),
    Mutant(
        "takes missing for unprocessed",
        SEND,
        "_settle_answers",
        code.answer_as(Missing, Unprocessed()),
        seed=128,
    ),
    Mutant(
        "takes a foreign duplicate for its own",
        send_records,
        "settle_answer",
        code.settle_as(surely_unsent=False),
        seed=53,
    ),
    Mutant("believes that a 5xx did nothing", SEND, "_call", code.believe_5xx, seed=74),
    Mutant("forgets half of a refused call", SEND, "_settle_refusal", code.forget_half, seed=18),
    Mutant("waits for no place in the quota", SimulatedQuota, "reserve", code.call_at_once, seed=4),
    Mutant("bills through a float", send_records, "usage_record", code.through_float),
    Mutant(
        "matches answers without their hour", metering_api, "_echo_keys", code.ignore_hours, seed=17
    ),
    Mutant("acknowledges messages that failed", DrainUsage, "__call__", code.acknowledge, seed=23),
    Mutant("counts repeats", LogFold, "add", code.count_repeats),
    Mutant(
        "freezes for sending past the deadline",
        closing,
        "is_sendable",
        always(answer=True),
        seed=1033,
    ),
    Mutant("sends past the deadline", step_when_due, "is_sendable", always(answer=True), seed=49),
    Mutant("carries what expired", step_batch, "step_when_due", code.carry_expired, seed=120),
    Mutant("forgets what goes beyond a record", closing, "seal_usage", code.forget_rest, seed=2),
    Mutant("forgets tags when it carries", CARRY, "__call__", code.forget_tags, seed=2),
    Mutant(
        "takes a renewed license for the one before",
        SimulatedSubscriptionBook,
        "find",
        code.bill_first_license,
        seed=42,
    ),
    Mutant(
        "redrives behind the accounting's back",
        RedriveRecord,
        "_account_again",
        always(None),
        seed=317,
    ),
    Mutant("files a day for ever", TABLE, "write_sheet", code.keep_first_sheet, seed=2),
)

_DISASTERS = (
    Mutant(
        "trusts what a restored table says",
        MeteringPolicy,
        "may_be_billed",
        always(answer=False),
        seed=35,
    ),
    Mutant("carries what a lost table carried", CARRY, "_is_there", always(answer=True), seed=40),
    Mutant("withholds what is in its target", CARRY, "_is_there", always(answer=False), seed=268),
    Mutant(
        "believes notes after a silence", DrainNotes, "_write", journal.note_no_silence, seed=85
    ),
)

_SPIKES = (
    Mutant(
        "holds spikes until their deadline",
        closing,
        "going_time_of",
        code.wait_for_deadline,
        seed=3,
        holds_spikes=True,
    ),
    Mutant(
        "lets spikes of those who leave wait",
        step_batch,
        "_is_due",
        code.hold_what_is_flushed,
        seed=28,
        holds_spikes=True,
    ),
)

_CONTRACTS = (
    Mutant(
        "includes again what was carried",
        meter_fold,
        "has_met",
        always(answer=False),
        seed=10,
        holds_spikes=True,
    ),
    Mutant(
        "includes units and writes none of it down",
        ClosingPlan,
        "takings_of",
        always([]),
        seed=1,
        holds_spikes=True,
    ),
    Mutant(
        "includes all that is granted in each hour",
        Allowance,
        "left",
        code.leave_all,
        seed=2,
        holds_spikes=True,
    ),
)

MUTANTS = (*_PROTOCOL, *_RECORDS, *_DISASTERS, *SUBSCRIPTIONS, *TENANTS, *_SPIKES, *_CONTRACTS)
