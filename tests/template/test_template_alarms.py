"""Alarms that can fire: each watches a metric that exists, with the dimensions it really has."""

from typing import Any

import pytest

from tests.template.cloudformation import (
    ALARM,
    FUNCTION,
    QUEUE,
    REPOSITORY,
    SCHEDULES,
    document,
    only_if,
    resources,
)
from tests.template.metrics import check_published

RUNBOOK = REPOSITORY / "docs/runbook.md"
# Metrics of ours that mean lost or endangered money; each needs an alarm.
ALARMING = {
    "RecordsExpired",
    "RecordsDisputed",
    "RecordsRejected",
    "RecordsAtRisk",
    "SpikesHeld",
    "RecordsBilledInFull",
    "RepeatsConflicting",
    "DuplicatesOfOwnSend",
    "SubmissionsFailed",
    "AccountingDifferences",
    "MarketplaceRoleRefused",
    "MeteringConfigurationErrors",
    "OldestPendingAgeSeconds",
    "SegmentsUnreadable",
    "FoldsRefused",
    "ItemsUnreadable",
    "RunsFenced",
    "SweepsFinished",
    "UnitsWithheld",
    "RegistrationsFailed",
    "UnitsMovedToAnotherMonth",
    "AgreementEventsUnknown",
    "AgreementEventsRefused",
    "FinalUnitsAtRisk",
    "ChangesUnreadable",
    "ConfirmationsNotSent",
}

alarms = pytest.mark.parametrize("name", resources(ALARM))


def dimensions(alarm: dict[str, Any]) -> dict[str, Any]:
    return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}


def watched(namespace: str) -> set[tuple[str, str]]:
    """List which metric of which resource is watched in a namespace of AWS."""
    found = set()
    for alarm in resources(ALARM).values():
        if alarm["Namespace"] == namespace:
            (value,) = dimensions(alarm).values()
            found.add((value.get("Ref") or value["Fn::GetAtt"][0], alarm["MetricName"]))
    return found


@alarms
def test_an_alarm_names_a_metric_and_dimensions_that_aws_or_our_code_publishes(name: str) -> None:
    alarm = resources(ALARM)[name]
    values = {name: _reference(value) for name, value in dimensions(alarm).items()}

    check_published(alarm["Namespace"], alarm["MetricName"], values)


def _reference(value: dict[str, Any]) -> str:
    (of,) = value.values()
    return of if isinstance(of, str) else ".".join(of)


@alarms
def test_an_alarm_says_why_somebody_should_get_up(name: str) -> None:
    assert len(resources(ALARM)[name]["AlarmDescription"]) > 60


@alarms
def test_an_alarm_notifies_the_topic_when_there_is_one(name: str) -> None:
    one = {"Fn::If": ["HasAlarmTopic", {"Ref": "AlarmTopicArn"}, {"Ref": "AlarmTopic"}]}
    topic = only_if("HasAlarmActions", [one])

    assert resources(ALARM)[name]["AlarmActions"] == topic
    assert resources(ALARM)[name]["OKActions"] == topic


@alarms
def test_an_alarm_says_what_silence_means(name: str) -> None:
    alarm = resources(ALARM)[name]
    # A gauge is measured once a run: between two runs, and when none runs, it is as it was.
    meanings = {
        "ReconcileUsageLivenessAlarm": "breaching",
        "SweepAgreementsLivenessAlarm": "breaching",
        "RisksMeasuredAlarm": "breaching",
        "RecordsAtRiskAlarm": "ignore",
        "OldestPendingAgeAlarm": "ignore",
    }
    expected = meanings.get(name, "notBreaching")

    assert alarm["TreatMissingData"] == expected


def test_errors_and_throttles_of_every_function_are_watched() -> None:
    expected = {
        (name, metric) for name in resources(FUNCTION) for metric in ("Errors", "Throttles")
    }

    assert expected <= watched("AWS/Lambda")


def test_every_queue_that_should_be_empty_is_watched_and_those_that_are_drained_for_age() -> None:
    drained = {"UsageQueue", "AgreementEventsQueue"}
    depth = {
        (name, "ApproximateNumberOfMessagesVisible") for name in set(resources(QUEUE)) - drained
    }

    assert watched("AWS/SQS") == depth | {
        (name, "ApproximateAgeOfOldestMessage") for name in drained
    }


def test_an_event_that_waits_is_noticed_long_before_the_last_hour_is_over() -> None:
    alarm = resources(ALARM)["AgreementEventsQueueAgeAlarm"]

    assert alarm["Threshold"] == 10 * 60
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 5 * 60


def test_units_that_may_miss_the_last_hour_raise_an_alarm_at_once() -> None:
    alarm = resources(ALARM)["FinalUnitsAtRiskAlarm"]

    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", 0)
    assert alarm["EvaluationPeriods"] == 1


@pytest.mark.parametrize(
    "name", sorted(set(resources(QUEUE)) - {queue for _, queue in SCHEDULES.values()})
)
def test_the_runbook_says_what_to_do_about_each_queue(name: str) -> None:
    heads = [line.split("|")[1] for line in RUNBOOK.read_text().splitlines() if line[:2] == "| "]

    assert [head for head in heads if f"`{name}`" in head]


def test_the_liveness_alarm_waits_for_longer_than_the_slowest_schedule() -> None:
    alarm = resources(ALARM)["ReconcileUsageLivenessAlarm"]
    slowest = "15 minutes"

    assert slowest in document()["Parameters"]["ReconcileSchedule"]["ConstraintDescription"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] >= 2 * 15 * 60


def test_a_sweep_that_never_ends_is_noticed_though_the_slowest_schedule_has_two_a_day() -> None:
    alarm = resources(ALARM)["SweepAgreementsLivenessAlarm"]

    assert "12 hours" in document()["Parameters"]["SweepSchedule"]["ConstraintDescription"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("SweepsFinished", 1)
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 24 * 60 * 60


def test_a_gauge_that_is_not_measured_is_missed() -> None:
    alarm = resources(ALARM)["RisksMeasuredAlarm"]

    assert (alarm["MetricName"], alarm["Statistic"]) == ("RecordsAtRisk", "SampleCount")
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["Threshold"] == 1
    assert alarm["Period"] * alarm["EvaluationPeriods"] >= 2 * 15 * 60


def test_every_metric_that_means_lost_money_has_an_alarm() -> None:
    ours = {a["MetricName"] for a in resources(ALARM).values() if a["Namespace"] == "Meterhouse"}

    assert ours == ALARMING


def test_an_old_record_raises_an_alarm_long_before_its_deadline() -> None:
    alarm = resources(ALARM)["OldestPendingAgeAlarm"]

    assert alarm["Threshold"] == 4 * 60 * 60
    assert alarm["Statistic"] == "Maximum"


def test_an_e_mail_address_makes_a_topic_where_none_is_named() -> None:
    topic = document()["Resources"]["AlarmTopic"]
    conditions = document()["Conditions"]

    assert topic["Condition"] == "HasAlarmEmail"
    assert topic["Properties"]["Subscription"] == [
        {"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    ]
    assert conditions["HasAlarmEmail"]["Fn::And"][0] == {
        "Fn::Not": [{"Condition": "HasAlarmTopic"}]
    }
    assert {"Condition": "HasAlarmEmail"} in conditions["HasAlarmActions"]["Fn::Or"]


def test_a_deployment_whose_alarms_nobody_hears_says_so() -> None:
    condition, _, otherwise = document()["Outputs"]["AlarmsNotify"]["Value"]["Fn::If"]

    assert condition == "HasAlarmActions"
    assert otherwise.startswith("nobody")
