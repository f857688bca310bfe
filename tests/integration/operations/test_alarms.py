"""The alarms of a stack as CloudWatch has them, in moto."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from operations.alarms import AlarmState, read_alarms
from operations.errors import OperationError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

ALARMS = (
    ("metering-RecordsAtRiskAlarm-1ABC", "ALARM"),
    ("metering-ItemsUnreadableAlarm-2DEF", "OK"),
    ("metering-ErrorsAlarm-3GHI", "ALARM"),
    ("metering-RisksMeasuredAlarm-4JKL", "INSUFFICIENT_DATA"),
    ("metering-2-RecordsAtRiskAlarm-5MNO", "ALARM"),
    ("metering2-RecordsAtRiskAlarm-6PQR", "ALARM"),
    ("metering-by-hand", "ALARM"),
)


@pytest.fixture
def cloudwatch() -> Iterator["CloudWatchClient"]:
    with mock_aws():
        client = boto3.client("cloudwatch", region_name="us-east-1")
        for name, state in ALARMS:
            client.put_metric_alarm(
                AlarmName=name,
                MetricName="m",
                Namespace="n",
                Period=60,
                EvaluationPeriods=1,
                Statistic="Sum",
                Threshold=0,
                ComparisonOperator="GreaterThanThreshold",
            )
            client.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"{state}!")  # type: ignore[arg-type]
        yield client
        client.close()


def test_a_stack_has_its_own_alarms_and_those_that_need_somebody_first(
    cloudwatch: "CloudWatchClient",
) -> None:
    answer = read_alarms(cloudwatch, "metering")

    assert [(one.name, one.state) for one in answer.alarms] == [
        ("ErrorsAlarm", AlarmState.ALARM),
        ("RecordsAtRiskAlarm", AlarmState.ALARM),
        ("RisksMeasuredAlarm", AlarmState.INSUFFICIENT_DATA),
        ("ItemsUnreadableAlarm", AlarmState.OK),
    ]
    assert [one.why for one in answer.raised] == ["ALARM!", "ALARM!"]
    assert [one.name for one in answer.silent] == ["RisksMeasuredAlarm"]


def test_alarms_that_aws_does_not_show_are_an_error() -> None:
    client = boto3.client(
        "cloudwatch",
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="thing",
    )
    with Stubber(client) as stubber:
        stubber.add_client_error("describe_alarms", "AccessDenied", "cloudwatch:DescribeAlarms")
        with pytest.raises(OperationError, match="cloudwatch:DescribeAlarms") as raised:
            read_alarms(client, "metering")

    assert isinstance(raised.value.__cause__, ClientError)
