"""The list of breaks fits the code; `make mutants` tries them."""

from tests.breaks.breaks import BREAKS
from tests.unit.repository import REPOSITORY


def test_each_break_is_of_one_place_in_the_code() -> None:
    misfits = [str(one) for one in BREAKS if one.path.read_text().count(one.right) != 1]

    assert misfits == []


def test_each_break_names_tests_that_are_there() -> None:
    named = {name.partition("::")[0] for one in BREAKS for name in one.tests.split()}

    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []
