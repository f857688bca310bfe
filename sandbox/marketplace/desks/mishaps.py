"""Scripted faults."""

from sandbox.marketplace.core.faults import Fault, NewFault, script_fault
from sandbox.marketplace.desks.steps import BeginStep


class MishapsDesk:
    """What goes wrong on purpose."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def faults(self) -> tuple[Fault, ...]:
        """List the scripted faults that are not used up, oldest first."""
        with self._step() as step:
            return step.state.faults

    def script(self, new: NewFault) -> Fault:
        """Script a fault, behind those that are scripted already."""
        with self._step() as step:
            fault = script_fault(new, entropy=step.entropy())
            step.state.faults += (fault,)
            return fault

    def clear(self) -> None:
        """Forget all scripted faults."""
        with self._step() as step:
            step.state.faults = ()
