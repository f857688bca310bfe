"""Do to records what an operator's commands say of them, one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.operator_commands import DONE, Commands
from meterhouse.domain.records.spikes import reject_spike, release_spike
from meterhouse.errors import CommandRefusedError, JournalCorruptError
from meterhouse.ports.process import Report
from meterhouse.use_cases.billing.decide_spike import DecideSpike
from meterhouse.use_cases.billing.redrive_record import RedriveRecord
from meterhouse.use_cases.billing.settle_record import SettleRecord


@dataclass(frozen=True, slots=True)
class ObeyCommands:
    """The use case; see `__call__`."""

    redrive: RedriveRecord
    settle: SettleRecord
    decide_spike: DecideSpike
    report: Report

    def __call__(self, commands: Commands) -> dict[str, dict[str, str]]:
        """Return the answers by what is done: that word for each record, or why it is not."""
        redrive, settle, decide = self.redrive, self.settle, self.decide_spike
        redriven, released = commands.redriven.items(), commands.released.items()
        rejected, settled = commands.rejected.items(), commands.settled.items()
        asked: Mapping[str, Mapping[RecordKey, Callable[[], None]]] = {
            "redrive": {one: partial(redrive, one, order) for one, order in redriven},
            "release": {one: partial(decide, one, release_spike, by) for one, by in released},
            "reject": {one: partial(decide, one, reject_spike, by) for one, by in rejected},
            "settle": {one: partial(settle, one, word) for one, word in settled},
            "reopen": {one: partial(settle, one, word) for one, word in commands.reopened.items()},
        }
        return {
            DONE[command]: {str(key): self._obey(command, key, do) for key, do in told.items()}
            for command, told in asked.items()
        }

    def _obey(self, command: str, key: RecordKey, do: Callable[[], None]) -> str:
        try:
            do()
        except CommandRefusedError as error:
            answer, cause = error.answer, str(error)
        except JournalCorruptError as error:
            answer, cause = f"unreadable: {error}", repr(error)
        else:
            return DONE[command]
        self.report.failure(f"{command}_refused", record=str(key), cause=cause)
        return answer
