"""Scripted faults."""

from marketplace_sandbox.core.faults.scripting import script_fault
from marketplace_sandbox.core.model.errors import conflict
from marketplace_sandbox.core.model.faults import FAULTS_KEPT_MAX, Fault, NewFault
from marketplace_sandbox.desks.steps import BeginStep, not_found


class FaultsDesk:
    """What goes wrong on purpose: throttling, errors, lost and slow answers, odd records."""

    def __init__(self, step: BeginStep) -> None:
        self._step = step

    def faults(self) -> tuple[Fault, ...]:
        """List the scripted faults that are not used up, oldest first."""
        with self._step() as step:
            return step.state.faults

    def script(self, new: NewFault) -> Fault:
        """Script a fault, behind those that are scripted already."""
        with self._step() as step:
            if len(step.state.faults) >= FAULTS_KEPT_MAX:
                raise conflict(
                    "TooManyFaults", f"there are {FAULTS_KEPT_MAX} faults already: remove some"
                )
            fault = script_fault(new, entropy=step.entropy())
            step.state.faults += (fault,)
            return fault

    def remove(self, fault_id: str) -> None:
        """Forget one fault; raise ControlError if there is none, or none any more, of that id."""
        with self._step() as step:
            left = tuple(fault for fault in step.state.faults if fault.fault_id != fault_id)
            if len(left) == len(step.state.faults):
                raise not_found("fault", fault_id)
            step.state.faults = left

    def clear(self) -> None:
        """Forget all scripted faults."""
        with self._step() as step:
            step.state.faults = ()
