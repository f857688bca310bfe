"""The alarms of a stack, as CloudWatch has them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from operations.answers import Answer
from operations.remedies import told_plainly

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class AlarmState(StrEnum):
    """What CloudWatch says of an alarm; without data it has said nothing about it."""

    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    OK = "OK"


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm by its name in the template, and why it is in its state since when."""

    name: str
    state: AlarmState
    since: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsAnswer(Answer):
    """The alarms of a stack: those that need somebody first."""

    alarms: tuple[AlarmRow, ...]

    @property
    def raised(self) -> tuple[AlarmRow, ...]:
        """Those that are in alarm."""
        return self._in(AlarmState.ALARM)

    @property
    def silent(self) -> tuple[AlarmRow, ...]:
        """Those of which nothing was measured, so that they say nothing."""
        return self._in(AlarmState.INSUFFICIENT_DATA)

    @property
    def sentences(self) -> Iterator[str]:
        """Say where to read on."""
        if self.raised:
            yield "`meterhouse explain` says what an alarm means, and what to do."

    def _in(self, state: AlarmState) -> tuple[AlarmRow, ...]:
        return tuple(one for one in self.alarms if one.state is state)


def read_alarms(cloudwatch: "CloudWatchClient", stack_name: str) -> AlarmsAnswer:
    """Return a stack's alarms; raises OperationError when CloudWatch does not show them.

    CloudFormation names what a template leaves unnamed after the stack and the resource
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html).
    """
    ours = re.compile(rf"{re.escape(stack_name)}-(\w+)-[A-Z0-9]+")
    found: list[AlarmRow] = []
    with told_plainly(f"the alarms of stack {stack_name} are not shown: "):
        pages = cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=f"{stack_name}-", AlarmTypes=["MetricAlarm"]
        )
        for one in (alarm for page in pages for alarm in page["MetricAlarms"]):
            # Another stack's name may begin with this one's.
            named = ours.fullmatch(one["AlarmName"])
            if named is not None:
                since, why = one.get("StateUpdatedTimestamp"), one.get("StateReason", "")
                found.append(AlarmRow(named[1], AlarmState(one["StateValue"]), since, why))
    order = [*AlarmState]
    return AlarmsAnswer(alarms=tuple(sorted(found, key=lambda o: (order.index(o.state), o.name))))
