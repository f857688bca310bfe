"""What every function of the template has, and what each is triggered by."""

import ast
from datetime import timedelta
from typing import Any

import pytest

from meterhouse.domain.records.step_when_due import LEASE
from tests.template.cloudformation import (
    FUNCTION,
    LAYER,
    LOG_GROUP,
    REPOSITORY,
    SCHEDULES,
    document,
    function_roles,
    resources,
    routes,
)

HANDLER = "${RegisterCustomerFunction.Arn}${Qualifier}"
RUNTIME = REPOSITORY / "layers/meterhouse/python/meterhouse/runtime"
LOG_RETENTION = {"Ref": "LogRetentionDays"}

functions = pytest.mark.parametrize("name", resources(FUNCTION))


def function_globals() -> dict[str, Any]:
    section: dict[str, Any] = document()["Globals"]["Function"]
    return section


def events(function: str) -> list[dict[str, Any]]:
    return list(resources(FUNCTION)[function]["Events"].values())


@functions
def test_a_function_is_one_folder_with_one_handler(name: str) -> None:
    folder = REPOSITORY / resources(FUNCTION)[name]["CodeUri"]

    assert folder.parent == REPOSITORY / "functions"
    assert (folder / "app.py").is_file()
    assert function_globals()["Handler"] == "app.lambda_handler"


def test_each_function_has_a_log_group_of_its_own_with_retention() -> None:
    groups = [f["LoggingConfig"]["LogGroup"]["Ref"] for f in resources(FUNCTION).values()]

    assert len(set(groups)) == len(groups)
    assert all(resources(LOG_GROUP)[group]["RetentionInDays"] == LOG_RETENTION for group in groups)


def test_each_function_has_a_role_of_its_own() -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in resources(FUNCTION).values()]

    assert set(roles) == set(function_roles())
    assert len(set(roles)) == len(roles)


@functions
def test_a_function_says_how_long_it_may_run_and_with_how_much_memory(name: str) -> None:
    function = resources(FUNCTION)[name]

    assert 0 < function["Timeout"] <= 900
    memory = function["MemorySize"]
    if memory == {"Ref": "MeteringMemoryMegabytes"}:
        memory = document()["Parameters"]["MeteringMemoryMegabytes"]["Default"]
    assert 128 <= memory <= 10240


def test_functions_log_json_and_are_traced() -> None:
    assert function_globals()["LoggingConfig"]["LogFormat"] == "JSON"
    assert function_globals()["Tracing"] == "Active"


def test_every_log_group_has_retention() -> None:
    assert all(group["RetentionInDays"] == LOG_RETENTION for group in resources(LOG_GROUP).values())


def test_both_layers_are_built_and_used_by_every_function() -> None:
    used = [layer["Ref"] for layer in function_globals()["Layers"]]

    assert used == list(resources(LAYER))
    for name in used:
        assert document()["Resources"][name]["Metadata"] == {"BuildMethod": "makefile"}


def test_each_layer_builds_from_its_own_folder_with_a_target_of_its_name() -> None:
    for name, layer in resources(LAYER).items():
        makefile = REPOSITORY / layer["ContentUri"] / "Makefile"
        assert f"build-{name}:" in makefile.read_text().splitlines()


def test_the_service_dimension_of_our_metrics_is_the_stack() -> None:
    variables = function_globals()["Environment"]["Variables"]

    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Meterhouse"


TRACKING = {
    "read_tracking_settings",
    "read_products",
    "reads_entitlements",
    "read_marketplace_role",
}


def variables_read_by(reader: str) -> set[str]:
    """List the environment variables that a function of the settings names."""
    files = sorted(RUNTIME.glob("*settings.py"))
    for node in (node for file in files for node in ast.parse(file.read_text()).body):
        if isinstance(node, ast.FunctionDef) and node.name == reader:
            texts = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
            return {text for text in texts if isinstance(text, str) and text.isupper()}
    raise AssertionError(reader)


@pytest.mark.parametrize(
    ("name", "readers"),
    [
        (
            "RegisterCustomerFunction",
            {
                "read_registration_settings",
                "_read_brand",
                "_read_signup_url",
                "_read_contact_fields",
                "reads_entitlements",
                "read_marketplace_role",
            },
        ),
        (
            "DrainUsageFunction",
            {
                "read_metering_settings",
                "read_included",
                "read_rejected_queue_url",
                "read_late_usage_max",
                "read_products",
                "read_marketplace_role",
            },
        ),
        (
            "ReconcileUsageFunction",
            {
                "read_metering_settings",
                "read_included",
                "read_final_usage",
                "read_products",
                "read_marketplace_role",
            },
        ),
        ("TrackAgreementsFunction", TRACKING),
        ("SweepAgreementsFunction", TRACKING),
        ("AnnounceChangesFunction", {"read_event_bus"}),
        (
            "ServeSellerApiFunction",
            {
                "read_api_settings",
                "read_included",
                "read_late_usage_max",
                "read_products",
                "read_usage_queue_url",
            },
        ),
    ],
)
def test_a_function_is_given_exactly_the_variables_that_it_reads(
    name: str, readers: set[str]
) -> None:
    given = set(resources(FUNCTION)[name]["Environment"]["Variables"])

    assert given == set.union(*(variables_read_by(reader) for reader in readers))


def test_the_registration_page_is_reached_by_get_and_post_of_payload_format_two() -> None:
    assert [(method, path) for method, path, _ in routes(signed=False)] == [
        ("GET", "/register"),
        ("POST", "/register"),
    ]
    for _, _, integration in routes(signed=False):
        assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
        assert integration["payloadFormatVersion"] == "2.0"
        address, variables = integration["uri"]["Fn::Sub"]
        assert address.endswith(":lambda:path/2015-03-31/functions/" + HANDLER + "/invocations")
        assert variables == {"Qualifier": {"Fn::If": ["HasRegisterSnapshot", ":snapshot", ""]}}
    assert document()["Resources"]["RegisterCustomerAlias"]["Properties"]["Name"] == "snapshot"


def test_draining_reports_failed_messages_one_by_one_within_limits_that_are_parameters() -> None:
    (event,) = events("DrainUsageFunction")

    assert event == {
        "Type": "SQS",
        "Properties": {
            "Queue": {"Fn::GetAtt": ["UsageQueue", "Arn"]},
            "BatchSize": {"Ref": "UsageBatchSize"},
            "MaximumBatchingWindowInSeconds": {"Ref": "UsageBatchingWindowSeconds"},
            "ScalingConfig": {"MaximumConcurrency": {"Ref": "UsageMaximumConcurrency"}},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
    }


SCHEDULED = [
    ("ReconcileUsageFunction", "ReconcileSchedule"),
    ("SweepAgreementsFunction", "SweepSchedule"),
]


@pytest.mark.parametrize(("function", "schedule"), SCHEDULED)
def test_a_function_follows_a_schedule_without_a_fixed_name(function: str, schedule: str) -> None:
    (event,) = events(function)

    assert event["Type"] == "ScheduleV2"
    assert event["Properties"]["OmitName"] is True
    assert event["Properties"]["ScheduleExpression"] == {"Ref": schedule}


@pytest.mark.parametrize("function", SCHEDULES)
def test_a_failed_run_is_not_repeated_because_the_next_tick_is(function: str) -> None:
    invoke = resources(FUNCTION)[function]["EventInvokeConfig"]
    (event,) = events(function)

    assert invoke["MaximumRetryAttempts"] == 0
    assert event["Properties"]["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_no_function_has_a_dead_letter_queue_that_its_trigger_never_uses() -> None:
    assert not any("DeadLetterQueue" in function for function in resources(FUNCTION).values())


def test_a_claim_outlasts_every_function_that_may_hold_it() -> None:
    timeouts = [
        function["Timeout"]
        for function in resources(FUNCTION).values()
        if "USAGE_TABLE" in function["Environment"]["Variables"]
    ]

    assert len(timeouts) == 3
    assert timedelta(seconds=max(timeouts)) < LEASE


@pytest.mark.parametrize("name", ["Register", "Reconcile"])
def test_concurrency_is_set_aside_only_where_somebody_asks_for_it(name: str) -> None:
    """A new account's limit leaves none to set aside, and the deployment would fail."""
    function = "RegisterCustomerFunction" if name == "Register" else "ReconcileUsageFunction"

    assert document()["Parameters"][f"{name}Concurrency"]["Default"] == 0
    assert resources(FUNCTION)[function]["ReservedConcurrentExecutions"] == {
        "Fn::If": [
            f"Has{name}Concurrency",
            {"Ref": f"{name}Concurrency"},
            {"Ref": "AWS::NoValue"},
        ]
    }
