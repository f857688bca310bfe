"""Breaks of what a person settles, and of its entry in the audit trail."""

from tests.breaks.trying import Break

_CASES = "tests/unit/use_cases/billing/test_settling.py"
_AT_ONCE = "tests/unit/use_cases/billing/test_settling_at_once.py"
_CONTRACT = "tests/integration/adapters/test_usage_ledger_settling.py"
_STATEMENT = "tests/unit/operations/test_statement.py"
_TOLD = "tests/unit/domain/records/test_announcing.py"

BREAKS: tuple[Break, ...] = (
    # What is settled is billed by no redrive.
    Break(
        "domain/records/step_on_redrive.py",
        "if settlement is not None:",
        "if settlement is None and False:",
        f"{_CASES}::test_what_is_settled_is_never_redriven_until_it_is_opened_again",
    ),
    Break(
        "use_cases/billing/redrive_record.py",
        "may_go = is_owed and record.status.settlement is None",
        "may_go = is_owed",
        f"{_CASES}::test_what_came_later_goes_nowhere_while_its_record_is_settled",
    ),
    Break(
        "domain/journal/carrying.py",
        "    if carry.settlement_of(meter) is not None:\n        return None\n",
        "",
        f"{_CASES}::test_what_is_settled_late_is_not_billed_when_its_record_was_redriven_before",
    ),
    Break(
        "use_cases/billing/carry_usage.py",
        "if stands.name != name:",
        "if not stands.name:",
        f"{_AT_ONCE}::test_what_only_came_late_is_settled_or_redriven_and_not_both",
    ),
    Break(
        "adapters/usage_table/carries.py",
        "self._table.updating(carry_key(keeper), later_attributes(keeper), keeper.version),",
        "",
        f"{_CONTRACT}::test_nobody_takes_along_what_was_changed_meanwhile",
    ),
    # It needs nobody, and nobody is told of it.
    Break(
        "domain/records/record.py",
        " and self.units > 0 and self.status.settlement is None",
        " and self.units > 0",
        f"{_CASES}::test_what_is_settled_needs_nobody_any_more_and_stays_what_it_is",
    ),
    Break(
        "domain/records/announcing.py",
        "if one.needs_person and known",
        "if one.units and known",
        f"{_TOLD}::test_nobody_is_told_of_what_a_person_did_about_it",
    ),
    Break(
        "domain/journal/carrying.py",
        "{*self.taken_along, *(",
        "{*(",
        f"{_CASES}::test_what_a_redrive_took_along_needs_nobody_and_cannot_be_settled",
    ),
    Break(
        "domain/journal/settling.py",
        "if stands.says_the_same(word):",
        "if stands == word:",
        f"{_CASES}::test_a_command_that_is_repeated_writes_nothing_twice",
    ),
    Break(
        "domain/journal/settling.py",
        "and (carry.settlement_of(key.meter) is not None) == is_wanted",
        "",
        f"{_STATEMENT}::test_what_a_person_settled_is_a_part_of_what_was_not_billed",
    ),
    Break(
        "domain/journal/settling.py",
        "> SETTLEMENTS_PER_CARRY_MAX:",
        "> 99:",
        f"{_AT_ONCE}::test_a_carry_takes_so_many_words_and_no_more",
    ),
    Break(
        "use_cases/billing/settle_record.py",
        "yield replace(settling, batch=None, carries=share, units=Decimal(0))",
        "yield replace(settling, batch=None, carries=share)",
        f"{_AT_ONCE}::test_more_late_usage_than_one_write_takes_is_settled_all_the_same",
    ),
    # How it stands in the table.
    Break(
        "adapters/usage_table/batch_items.py",
        '"settled": write_settlements(_settlements_of(batch)),',
        "",
        f"{_CONTRACT}::test_a_batch_leaves_the_index_once_all_of_it_is_settled",
    ),
    Break(
        "adapters/usage_table/table.py",
        '"#version = :before", given)}',
        '"#version >= :before", given)}',
        f"{_CONTRACT}::test_of_two_deeds_from_one_reading_the_first_is_done",
    ),
    Break(
        "adapters/usage_table/audit_trail.py",
        "repr((said, actions))",
        "repr(said)",
        f"{_CONTRACT}::"
        "test_two_deeds_that_are_the_same_in_all_but_what_they_change_have_two_entries",
    ),
    Break(
        "adapters/usage_table/audit_trail.py",
        '"sk": item["sk"]}) is not None',
        '"sk": item["sk"]}) is None',
        f"{_CONTRACT}::test_a_deed_whose_answer_was_lost_is_our_own",
    ),
)
