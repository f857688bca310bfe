"""Breaks of who pays for which tenant."""

from tests.breaks.trying import Break

AT_ONCE = "tests/unit/use_cases/subscriptions/test_linking_at_once.py"
CONTRACT = "tests/integration/adapters/test_tenants.py"
LINKING = "tests/unit/use_cases/subscriptions/test_link_tenants.py"
LIVES = "tests/unit/domain/subscriptions/test_lives.py"
USE_CASE = "use_cases/subscriptions/link_tenants.py"

BREAKS: tuple[Break, ...] = (
    Break(
        "adapters/subscriptions_table/tenants.py",
        "[claim, *free]",
        "[]",
        f"{CONTRACT}::test_a_subscription_is_one_tenants_until_its_link_ends",
    ),
    Break(
        "adapters/subscriptions_table/tenants.py",
        "[claim, *free]",
        "[claim]",
        f"{CONTRACT}::test_another_name_of_a_subscription_is_asked_for_and_not_taken",
    ),
    Break(
        "adapters/subscriptions_table/tenants.py",
        ' if opened.version else "attribute_not_exists(#version)"',
        ' if opened.version else "attribute_not_exists(#version) OR #version > pk"',
        f"{CONTRACT}::test_a_tenant_is_changed_over_the_one_that_was_read_and_over_no_other",
    ),
    Break(
        "adapters/subscriptions_table/tenants.py",
        "{**_claim_key(subscription), **said}",
        "{**_claim_key(subscription), _CLAIM: text(tenant)}",
        f"{CONTRACT}::test_a_subscription_is_one_tenants_until_its_link_ends",
    ),
    Break(
        USE_CASE,
        "            self._tell(tenant, found, payer)\n            return found\n"
        '        raise StorageUnavailableError(f"the links of {tenant} change all the time")\n\n'
        "    def unlink(",
        "            return found\n"
        '        raise StorageUnavailableError(f"the links of {tenant} change all the time")\n\n'
        "    def unlink(",
        f"{AT_ONCE}::test_requests_that_cross_leave_both_sides_of_one_mind",
    ),
    Break(
        USE_CASE,
        "other is None or other.state.account_id != buyer",
        "other is None",
        f"{LINKING}::test_a_tenant_of_another_buyer_is_taken_until_it_is_unlinked",
    ),
    Break(
        USE_CASE,
        "if state is None or self.keeper.products.are_not_of(state):",
        "if state is None:",
        f"{LINKING}::test_what_is_not_ours_cannot_be_linked",
    ),
    Break(
        "domain/subscriptions/tenants.py",
        "max([now, *(at + _TICK for at in times)])",
        "now",
        f"{AT_ONCE}::test_clocks_that_disagree_do_not_bring_back_what_was_unlinked",
    ),
    Break(
        "domain/subscriptions/tenants.py",
        "if link.unlinked_at is None or began_at < link.unlinked_at:",
        "if True:",
        f"{CONTRACT}::test_a_renewal_from_after_the_end_of_a_link_is_nobodys",
    ),
    Break(
        "domain/subscriptions/tenants.py",
        "key in seen or elsewhere",
        "key in seen",
        f"{LINKING}::test_a_renewal_may_be_linked_elsewhere",
    ),
    Break(
        "domain/subscriptions/life.py",
        "fact is last[fact.tenant] and fact.kind is Kind.LINKED",
        "fact.kind is Kind.LINKED",
        f"{LIVES}::test_a_life_comes_to_what_is_expected",
    ),
    Break(
        "domain/subscriptions/folding.py",
        "tenant_of(own.facts) or state.tenant",
        "tenant_of(own.facts)",
        f"{LIVES}::test_a_life_comes_to_what_is_expected",
    ),
)
