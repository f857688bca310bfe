"""Replaying a surveyed log on the running stack."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from local.replay.errors import ReplayError
from local.replay.log_reader import LogForm, LoggedUsage, read_logs
from local.replay.moving import check_window, shift_to_recent
from local.replay.survey import Survey, survey_log
from local.replay.values import quote
from local.seller.comparison import Comparison, count_of
from local.seller.display import progress_of_count, progress_of_units
from local.seller.marketplace import Subscription, offer_again, subscribe_each
from local.seller.packing import pack_events
from local.seller.producer import send_messages
from local.seller.registration import Contact, register_buyer
from local.seller.stack_user import StackUser
from local.seller.usage import Tally, UsageFact
from local.seller.waiting import Patience, wait_until_billed
from meterhouse.domain.usage.event_home import read_dimension
from meterhouse.errors import UnreadableError

_MINUTE = timedelta(minutes=1)
_CHANGED = "the log changed while it was replayed: replay a copy that nobody writes to"


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What to replay, and how."""

    files: tuple[Path, ...]
    form: LogForm
    move_to_recent: bool
    repeat: int
    strict: bool
    seconds_max: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a replay ended."""

    comparison: Comparison
    distinct_events: int
    survey: Survey
    names: Mapping[str, str]
    messages_in_dlq: int


class Replay:
    """One replay against one stack."""

    def __init__(self, console: Console, user: StackUser, plan: ReplayPlan) -> None:
        self._console = console
        self._addresses = user.addresses
        self._plan = plan
        self._aws = user.aws
        self._marketplace = user.marketplace
        self._aftermath = user.aftermath

    def run(self) -> Replayed:
        """Read, sell, register, send and wait; a ReplayError says why a log cannot be replayed."""
        survey = self._survey()
        shift = self._shift(survey)
        sold = self._sell(survey)
        tally = Tally()
        self._send(survey, lambda: self._facts(sold, shift), tally)
        patience = Patience(self._plan.seconds_max, self._aftermath.reconcile_now)
        self._step("Waiting until drain and reconcile have metered every unit")
        with progress_of_units(self._console, "  units billed") as show:
            comparison = wait_until_billed(self._marketplace, tally.units, patience, show)
        return Replayed(
            comparison=comparison,
            distinct_events=tally.distinct_events,
            survey=survey,
            names={subscription.agreement_id: name for name, subscription in sold.items()},
            messages_in_dlq=self._aftermath.messages_in_dlq(),
        )

    def _survey(self) -> Survey:
        self._step(f"Reading {', '.join(str(file) for file in self._plan.files)}")
        survey = survey_log(read_logs(self._plan.files, self._plan.form))
        for bad in survey.bad_rows:
            self._detail(f"{bad.file} line {bad.line}: {bad.reason}")
        if survey.bad_row_count > len(survey.bad_rows):
            self._detail(
                f"and {count_of(survey.bad_row_count - len(survey.bad_rows), 'more bad row')}"
            )
        if survey.left_out:
            self._detail(f"{count_of(survey.left_out, 'row')} of another time left out")
        if survey.idle:
            self._detail(f"{count_of(survey.idle, 'row')} without any quantity")
        if survey.bad_row_count and self._plan.strict:
            raise ReplayError(
                f"{count_of(survey.bad_row_count, 'bad row')}, and --strict was given"
            )
        if not survey.quantities:
            raise ReplayError(
                f"the log holds no usage: {count_of(survey.bad_row_count, 'bad row')}, "
                f"{count_of(survey.left_out, 'row')} of another time, "
                f"{count_of(survey.idle, 'row')} without any quantity"
            )
        return survey

    def _shift(self, survey: Survey) -> timedelta:
        assert survey.first_at is not None
        assert survey.last_at is not None
        now = datetime.fromisoformat(self._marketplace.show_clock()["now"])
        if not self._plan.move_to_recent:
            zone = self._plan.form.zone if survey.has_times_in_zone else None
            check_window(survey.first_at, survey.last_at, now=now, assumed_zone=zone)
            return timedelta(0)
        settle = self._settle_time()
        shift = shift_to_recent(survey.first_at, survey.last_at, now=now, settle=settle)
        self._detail(
            f"moved by {shift} to {survey.first_at + shift:%Y-%m-%d %H:%M} - "
            f"{survey.last_at + shift:%Y-%m-%d %H:%M} UTC"
        )
        return shift

    def _settle_time(self) -> timedelta:
        """Ask the deployed function how long its hours stay open."""
        configuration = self._aws.functions().get_function_configuration(
            FunctionName=self._addresses.drain_function
        )
        return int(configuration["Environment"]["Variables"]["SETTLE_MINUTES"]) * _MINUTE

    def _sell(self, survey: Survey) -> dict[str, Subscription]:
        self._step(
            f"Selling {count_of(len(survey.subscriptions), 'subscription')} with "
            f"{count_of(len(survey.dimensions), 'dimension')}, and registering the buyers"
        )
        title = f"Replay of {self._plan.files[0].name}"
        product_code = offer_again(self._marketplace, title, sorted(survey.dimensions))
        # What AWS has no objection to, Meterhouse may: its keys count bytes.
        for dimension in sorted(survey.dimensions):
            try:
                read_dimension(dimension)
            except UnreadableError as error:
                raise ReplayError(f"{quote(dimension)}: {error}") from None
        sold = subscribe_each(self._marketplace, product_code, sorted(survey.subscriptions))
        for subscription in sold:
            token = self._marketplace.issue_token(subscription.agreement_id)["token"]
            contact = Contact("replay@example.com", "Replay", "Replay")
            register_buyer(self._addresses.register_url, token, contact)
        return {subscription.name: subscription for subscription in sold}

    def _facts(self, sold: Mapping[str, Subscription], shift: timedelta) -> Iterator[UsageFact]:
        """Read the log again; what is no usage was reported when it was surveyed."""
        for member in read_logs(self._plan.files, self._plan.form):
            if isinstance(member, LoggedUsage):
                if member.subscription not in sold:
                    raise ReplayError(_CHANGED)
                yield UsageFact(
                    event_id=member.event_id,
                    subscription=sold[member.subscription],
                    dimension=member.dimension,
                    quantity=member.quantity,
                    used_at=member.used_at + shift,
                )

    def _send(
        self, survey: Survey, read_facts: Callable[[], Iterator[UsageFact]], tally: Tally
    ) -> None:
        """Send the whole log, and then the whole log again as often as asked."""
        total = survey.quantities * self._plan.repeat
        self._step(f"Sending {count_of(total, 'event')}, packed up to the limit of a message")
        with progress_of_count(self._console, "  events sent", total) as advance:

            def events() -> Iterator[dict[str, Any]]:
                for _ in range(self._plan.repeat):
                    for fact in read_facts():
                        tally.add(fact)
                        yield fact.as_event()
                        advance(1)

            queue_url = self._addresses.usage_queue_url
            messages = send_messages(self._aws.sqs(), queue_url, pack_events(events()))
        if tally.distinct_events != survey.quantities:
            raise ReplayError(_CHANGED)
        self._detail(count_of(messages, "message"))

    def _step(self, text: str) -> None:
        self._console.print(f"[bold]{escape(text)}[/bold]")

    def _detail(self, text: str) -> None:
        self._console.print(f"  {text}", markup=False, soft_wrap=True)
