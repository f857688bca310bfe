"""The dashboard as CloudFormation fills it in."""

import json

import pytest

from tests.e2e.running_stack import RunningStack

pytestmark = pytest.mark.stack


def test_the_deployed_dashboard_names_the_deployed_stack(stack: RunningStack) -> None:
    cloudwatch = stack.aws.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate()
    alarms = {one["AlarmArn"] for page in pages for one in page["MetricAlarms"]}
    (entry,) = cloudwatch.list_dashboards()["DashboardEntries"]

    text = cloudwatch.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"]

    assert "${" not in text
    body = json.loads(text)
    (shown,) = [one["properties"] for one in body["widgets"] if one["type"] == "alarm"]
    assert set(shown["alarms"]) == alarms
    assert len(alarms) > 50
