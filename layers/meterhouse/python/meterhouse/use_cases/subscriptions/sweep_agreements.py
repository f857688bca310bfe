"""Sweep the Agreement API: what AWS holds becomes facts, whatever its events told or did not.

A run goes on where the last one stopped, page after page. What was learned before is learned again
at no cost but calls.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from meterhouse.domain.subscriptions.facts import AGREEMENT_PREFIX, Fact, agreement_folder
from meterhouse.domain.subscriptions.state import Flag, State
from meterhouse.domain.subscriptions.sweeping import (
    AgreementPage,
    FoundAgreement,
    described,
    follows,
    suspension,
)
from meterhouse.errors import (
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
    PageGoneError,
    StorageUnavailableError,
    SweepOvertakenError,
    UnreadableError,
)
from meterhouse.ports.agreements import Agreements, SweepBook
from meterhouse.ports.process import Clock, Report
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.pace import Pace
from meterhouse.use_cases.subscriptions.start_run import StartRun, start_run_for

if TYPE_CHECKING:
    from meterhouse.use_cases.subscriptions.sweep_entitlements import SweepEntitlements

# At most half of AWS's quotas, which all of the account's callers share: 5 and 10 calls a second.
# https://docs.aws.amazon.com/marketplace/latest/APIReference/agreement-service-quotas.html
SEARCH_PAUSE = timedelta(seconds=0.5)
ENTITLEMENTS_PAUSE = timedelta(seconds=0.25)
# The longest that one agreement takes: two calls that AWS answers late, and the table's writes.
SECONDS_KEPT = 60
OUT_OF_SIGHT_NAMED_MAX = 100
# Why a run ended of which the next one goes on at once.
NO_TIME = "no time"


@dataclass(slots=True)
class SweepAnswer:
    """What a run did, and what it left.

    Attributes:
        swept: agreements whose facts are stored now.
        learned: facts that were new.
        refused: agreements that make no sense; each has a line in the log.
        left: why it ended before the sweep did; None once all is seen.
        out_of_sight: after a whole sweep, how many living subscriptions AWS did not show.
        out_of_sight_ids: up to a hundred of them.
        entitlements_left: of how many subscriptions AWS did not say what they hold.

    """

    swept: int = 0
    learned: int = 0
    refused: int = 0
    left: str | None = None
    updated_until: datetime | None = None
    out_of_sight: int | None = None
    out_of_sight_ids: list[str] = field(default_factory=list)
    entitlements_left: int | None = None


@dataclass(frozen=True, slots=True)
class SweepAgreements:
    """The use case; see `__call__`. Without `entitlements` AWS is not asked for any."""

    agreements: Agreements
    book: SweepBook
    keep: KeepSubscriptions
    start_run: StartRun
    clock: Clock
    report: Report
    entitlements: "SweepEntitlements | None" = None

    def __call__(self, *, from_beginning: bool = False) -> SweepAnswer:
        """Go on with the sweep, or begin one: at the beginning, or with what was updated since.

        Raises MarketplaceRefusedError if AWS denies us the API; whatever passes by itself ends the
        run, says so, and is left to the next one.
        """
        answer = SweepAnswer()
        try:
            answer.left = self._sweep(answer, from_beginning=from_beginning)
        except MarketplaceThrottledError:
            answer.left = "AWS throttles"
        except (MarketplaceOutageError, StorageUnavailableError) as error:
            answer.left = f"no answer: {error}"
        except SweepOvertakenError:
            answer.left = "another run sweeps"
        except MarketplaceRefusedError as error:
            self.report.failure("sweep_refused", error=str(error))
            raise
        finally:
            self.report.count("AgreementsSwept", answer.swept)
        if answer.left is None:
            self.report.count("SweepsFinished")
            if self.entitlements is not None:
                answer.entitlements_left = self.entitlements()
        self.report.event(
            "agreements_swept",
            swept=answer.swept,
            learned=answer.learned,
            refused=answer.refused,
            left=answer.left,
            entitlements_left=answer.entitlements_left,
        )
        return answer

    def _sweep(self, answer: SweepAnswer, *, from_beginning: bool) -> str | None:
        """Sweep page after page; return why it has to stop before the end."""
        searches = Pace(self.clock, SEARCH_PAUSE)
        learn = _LearnAgreement(
            self.agreements, self.keep, searches, Pace(self.clock, ENTITLEMENTS_PAUSE)
        )
        cursor = self.book.move(self.book.cursor().begun(from_beginning=from_beginning))
        while cursor.is_running:
            answer.updated_until = cursor.reached_at
            if self._is_over:
                return NO_TIME
            searches.wait()
            try:
                page = self.agreements.updated(cursor.after, cursor.token)
            except PageGoneError:
                self.report.event("sweep_page_gone", reached_at=str(cursor.reached_at))
                cursor = self.book.move(cursor.restarted())
                continue
            if not self._learn_page(page, learn, answer):
                return NO_TIME
            turned = cursor.turned(page)
            if cursor.is_whole and not turned.is_running:
                self._name_out_of_sight(answer)
            cursor = self.book.move(turned)
            self.report.publish()
        answer.updated_until = cursor.reached_at
        return None

    @property
    def _is_over(self) -> bool:
        return self.clock.seconds_left() < SECONDS_KEPT

    def _learn_page(
        self, page: AgreementPage, learn: "_LearnAgreement", answer: SweepAnswer
    ) -> bool:
        """Learn all of a page; tell whether there was time for it."""
        states: list[State] = []
        try:
            for found in page.agreements:
                if self._is_over:
                    return False
                try:
                    learned = learn(found, states)
                except UnreadableError as error:
                    answer.refused += 1
                    name = found.agreement_id[:200]
                    self.report.failure("agreement_refused", agreement=name, error=str(error))
                else:
                    answer.swept += 1
                    answer.learned += learned
        finally:
            start_run_for(states, self.start_run, self.report)
        return True

    def _name_out_of_sight(self, answer: SweepAnswer) -> None:
        """Say which living subscriptions no search has shown.

        Under a channel partner's offer we are the manufacturer only, and live on events.
        """
        unseen = [
            one.agreement_id or one.folder
            for one in self.book.living()
            if one.folder.startswith(("license#", AGREEMENT_PREFIX)) and one.described_at is None
        ]
        answer.out_of_sight = len(unseen)
        answer.out_of_sight_ids = sorted(unseen)[:OUT_OF_SIGHT_NAMED_MAX]
        if unseen:
            self.report.event(
                "agreements_out_of_sight", count=len(unseen), agreements=answer.out_of_sight_ids
            )


@dataclass(frozen=True, slots=True)
class _LearnAgreement:
    agreements: Agreements
    keep: KeepSubscriptions
    searches: Pace
    entitlements: Pace

    def __call__(self, found: FoundAgreement, states: list[State]) -> int:
        """Learn what AWS says of an agreement, and ask for what the search leaves out.

        `states` takes what it comes to. Returns how many facts were new.
        """
        learned = [self.keep.learn(fact) for fact in described(found)]
        for one in learned:
            states.extend(one.states)
        own = learned[-1].state_of(agreement_folder(found.agreement_id))
        assert own is not None, "what was found is a fact of its agreement"
        for fact in self._asked(found, own):
            learned.append(self.keep.learn(fact))
            states.extend(learned[-1].states)
        return sum(one.is_new for one in learned)

    def _asked(self, found: FoundAgreement, own: State) -> Iterator[Fact]:
        """Ask for what is not known of an agreement; `own` is what it came to so far."""
        if self.keep.products.are_not_of(own):
            return
        initial, starts_at = found.initial_agreement_id, found.starts_at
        is_known = own.previous_agreement_id is not None or initial == found.agreement_id
        if initial is not None and starts_at is not None and not is_known:
            self.searches.wait()
            previous = self.agreements.predecessor(initial, starts_at)
            if previous is not None:
                yield follows(found, previous)
        if found.is_active:
            self.entitlements.wait()
            is_suspended = self.agreements.is_suspended(found.agreement_id)
            if is_suspended is not None and is_suspended != (Flag.SUSPENDED in own.flags):
                yield suspension(found, self.keep.clock.now(), is_suspended=is_suspended)
