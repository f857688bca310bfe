"""Wrong versions of what is known of subscriptions, each made from the right one; see `mutants`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from meterhouse.domain.journal.closing import ClosingFacts
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.facts import Fact, FolderKey, Kind
from meterhouse.domain.subscriptions.final_hour import FINAL_WINDOW, FinalUsage
from meterhouse.domain.subscriptions.folding import Folder
from meterhouse.domain.subscriptions.life import SUCCEEDED, End, Reading
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.sweeping import FoundAgreement
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions, Learned
from tests.fakes.world import InMemorySubscriptionBook

type Original = Callable[..., Any]


def keep_order_of_arrival(original: Original) -> Original:
    def reading(key: FolderKey, folders: Mapping[FolderKey, Folder]) -> Reading:
        found: Reading = original(key, folders)
        arrived = [fact.fact_id for folder in folders.values() for fact in folder.facts]
        ordered = sorted(found.facts, key=lambda fact: arrived.index(fact.fact_id))
        return replace(found, facts=tuple(ordered))

    return reading


def fold_new_facts_only(original: Original) -> Original:
    def learn(self: KeepSubscriptions, fact: Fact) -> object:
        assert isinstance(self.folders, InMemorySubscriptionBook)
        is_known = fact.fact_id in self.folders.facts.get(fact.folder, {})
        if is_known and fact.kind is not Kind.REGISTERED:
            return Learned(is_new=False, states=())
        return original(self, fact)

    return learn


def end_with_the_last_word(original: Original) -> Original:
    def end_of(reading: Reading, agreement_id: str) -> End | None:
        end: End | None = original(reading, agreement_id)
        return end and replace(end, at=end.closes_at - FINAL_WINDOW)

    return end_of


def close_after_the_first_word(original: Original) -> Original:
    def end_of(reading: Reading, agreement_id: str) -> End | None:
        end: End | None = original(reading, agreement_id)
        return end and replace(end, closes_at=end.at + FINAL_WINDOW)

    return end_of


def never_end_what_goes_on(original: Original) -> Original:
    def end_of(reading: Reading) -> End | None:
        end: End | None = original(reading)
        return None if end is not None and end.status in SUCCEEDED else end

    return end_of


def bill_all_by_account(original: Original) -> Original:
    """Take every buyer who is known by account alone for a legacy customer."""

    def fold(key: FolderKey, folders: Any, now: datetime, **_: object) -> object:
        return original(key, folders, now, legacy_products=frozenset(key.split("#")[1:2]))

    return fold


def cover_every_hour(_: Original) -> Original:
    return lambda *_, **__: None


def keep_over_any_version(original: Original) -> Original:
    def keep(self: InMemorySubscriptionBook, state: State, _: int, **more: object) -> object:
        version, _before = self.states.get(state.folder, (0, None))
        return original(self, state, version, **more)

    return keep


def keep_nothing_of_strangers(original: Original) -> Original:
    def uncovered_late(fold: Any, generation: int, facts: ClosingFacts) -> dict[MeterKey, Reason]:
        kept: dict[MeterKey, Reason] = original(fold, generation, facts)
        return {meter: why for meter, why in kept.items() if meter.subscription in facts.known}

    return uncovered_late


def overlook_ends(original: Original) -> Original:
    def described(found: FoundAgreement) -> Any:
        return original(replace(found, status=None))

    return described


def believe_in_an_empty_queue(original: Original) -> Original:
    def is_ready(self: FinalUsage, hour_at: datetime, now: datetime, _: object) -> object:
        return original(self, hour_at, now, lambda _sent_before: True)

    return is_ready
