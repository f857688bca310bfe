"""Breaks of what is known of subscriptions."""

from tests.breaks.trying import Break

AT_ONCE = "tests/unit/use_cases/subscriptions/test_keeping_at_once.py"
FACTS = "tests/unit/domain/subscriptions/test_agreement_events.py"
SUSPICIONS = "tests/unit/use_cases/billing/test_suspected_suspensions.py"
LIVES = "tests/unit/domain/subscriptions/test_lives.py"
TRACKING = "tests/unit/use_cases/subscriptions/test_tracking.py"

BREAKS: tuple[Break, ...] = (
    # The facts of a subscription, and what they come to.
    Break(
        "domain/subscriptions/folding.py",
        "    ordered = sorted(distinct.values(), key=lambda fact: (fact.at, fact.fact_id))\n",
        "    ordered = list(distinct.values())\n",
        f"{LIVES}::test_every_order_of_the_facts_comes_to_one_state",
    ),
    Break(
        "domain/subscriptions/folding.py",
        "return state and replace(state, facts=weight)",
        "return state",
        f"{AT_ONCE}::test_a_fact_that_comes_between_any_two_steps_of_another_counts",
    ),
    Break(
        "domain/subscriptions/folding.py",
        "            one.agreement_id in agreements\n",
        "            True\n",
        f"{LIVES}::test_a_life_comes_to_what_is_expected",
    ),
    Break(
        "domain/subscriptions/life.py",
        "last + FINAL_WINDOW",
        "first + FINAL_WINDOW",
        f"{LIVES}::test_a_life_comes_to_what_is_expected",
    ),
    Break(
        "domain/subscriptions/life.py",
        " if not any(at > fact.at for at in updates)",
        "",
        f"{LIVES}::test_a_life_comes_to_what_is_expected",
    ),
    Break(
        "domain/subscriptions/suspicion.py",
        "not known.is_suspected and is_unexplained(",
        "is_unexplained(",
        f"{SUSPICIONS}::test_only_what_changes_is_written",
    ),
    Break(
        "domain/subscriptions/life.py",
        " and is_unexplained(fact.at, starts_at, ended_at)",
        "",
        f"{LIVES}::test_a_life_comes_to_what_is_expected",
    ),
    Break(
        "domain/subscriptions/placing.py",
        "        if code in products.legacy:\n            return\n",
        "",
        f"{LIVES}::test_a_life_comes_to_what_is_expected",
    ),
    Break(
        "domain/subscriptions/placing.py",
        "    if fact.kind is not Kind.REGISTERED and products.are_foreign(code, fact.product_id):\n"
        "        return\n",
        "",
        f"{TRACKING}::test_a_product_that_is_not_ours_is_nobodys_subscription",
    ),
    Break(
        "domain/subscriptions/placing.py",
        "fact.kind is not Kind.REGISTERED and products",
        "products",
        "tests/unit/use_cases/subscriptions/test_registration.py"
        "::test_who_comes_to_our_page_is_ours_though_his_product_is_not_declared",
    ),
    Break(
        "domain/subscriptions/legacy_messages.py",
        "    if match is None or match[2] not in legacy_products:\n",
        "    if match is None:\n",
        f"{FACTS}::test_a_message_of_another_topic_or_product_is_refused",
    ),
    Break(
        "use_cases/subscriptions/keep_subscriptions.py",
        "            left.extend(sorted(readers))\n",
        "",
        f"{LIVES}::test_a_life_comes_to_what_is_expected",
    ),
    Break(
        "use_cases/subscriptions/keep_subscriptions.py",
        "self.folders.keep(state, opened.version, is_listed",
        "self.folders.keep(state, self.folders.open(key).version, is_listed",
        f"{AT_ONCE}::test_a_fact_that_comes_between_any_two_steps_of_another_counts",
    ),
    Break(
        "use_cases/subscriptions/track_agreements.py",
        "            kept.append(message_id)\n",
        "",
        f"{TRACKING}::test_what_could_not_be_stored_comes_again",
    ),
)
