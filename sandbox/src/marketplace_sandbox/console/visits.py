"""How the console's addresses are answered, and what it says when a desk refuses a command."""

from loopback_console.visits import Doors, Refusal

from marketplace_sandbox.console.problems import draw_problem
from marketplace_sandbox.core.model.errors import ControlError


def _explain(error: Exception) -> Refusal:
    assert isinstance(error, ControlError)
    return Refusal(error.problem.value, error.message)


_DOORS = Doors((ControlError,), _explain, lambda refusal: draw_problem(*refusal))
reading, acting = _DOORS.reading, _DOORS.acting
