"""Breaks of what is known of subscriptions, and of what rests on it; see `mutants`."""

from meterhouse.domain.journal import closing
from meterhouse.domain.subscriptions import folding, life
from meterhouse.domain.subscriptions.final_hour import FinalUsage
from meterhouse.use_cases.billing import close_log
from meterhouse.use_cases.subscriptions import keep_subscriptions, sweep_agreements
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemorySubscriptionBook
from tests.simulation import wrong_subscriptions as told
from tests.simulation.mutant import Mutant

SUBSCRIPTIONS = (
    Mutant("folds facts as they arrive", folding, "_reading", told.keep_order_of_arrival, seed=1),
    Mutant("folds a fact only once", KeepSubscriptions, "learn", told.fold_new_facts_only, seed=1),
    Mutant("ends with AWS's last word", life, "_end_of_one", told.end_with_the_last_word, seed=1),
    Mutant(
        "closes after AWS's first word",
        life,
        "_end_of_one",
        told.close_after_the_first_word,
        seed=1,
    ),
    Mutant(
        "gives what is renewed no final hour",
        folding,
        "end_of_agreement",
        told.never_end_what_goes_on,
        seed=1,
    ),
    Mutant(
        "bills by account whoever has no license yet",
        keep_subscriptions,
        "fold",
        told.bill_all_by_account,
        seed=1,
    ),
    Mutant("takes every hour for covered", closing, "why_uncovered", told.cover_every_hour),
    Mutant(
        "carries late usage of whom nobody knows",
        close_log,
        "uncovered_late",
        told.keep_nothing_of_strangers,
        seed=1340,
    ),
    Mutant(
        "overlooks ends that a sweep finds",
        sweep_agreements,
        "described",
        told.overlook_ends,
        seed=1,
    ),
    Mutant(
        "bills last usage before it is read",
        FinalUsage,
        "is_ready",
        told.believe_in_an_empty_queue,
        seed=215,
    ),
    Mutant(
        "writes a state over any other",
        InMemorySubscriptionBook,
        "keep",
        told.keep_over_any_version,
        seed=720,
    ),
)
