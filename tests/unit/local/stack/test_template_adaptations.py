import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local.sandbox_time import sandbox_time
from local.stack.adaptations import adapt_to_emulator, adapt_to_sandbox_time
from local.stack.built_template import BuiltTemplate, archive_folder, read_built_template
from local.stack.errors import StackError
from local.stack.http_routes import Route, read_routes
from local.stack.parameters import choose_parameters, local_defaults, parse_assignments

TEMPLATE = """
Parameters:
  Architecture: {Type: String}
Resources:
  DrainUsageFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: DrainUsageFunction
      Role: !GetAtt DrainUsageRole.Arn
      Architectures: [!Ref Architecture]
  MeterhouseLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: MeterhouseLayer}
  UsageQueue:
    Type: AWS::SQS::Queue
    Condition: HasQueue
"""

INTEGRATION = "arn:aws:apigateway:${AWS::Region}:lambda:path/functions/${F.Arn}/invocations"


@pytest.fixture
def built(tmp_path: Path) -> BuiltTemplate:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return read_built_template(path)


def test_short_forms_are_read_as_long_forms(built: BuiltTemplate) -> None:
    properties = built.document["Resources"]["DrainUsageFunction"]["Properties"]
    assert properties["Role"] == {"Fn::GetAtt": ["DrainUsageRole", "Arn"]}
    assert properties["Architectures"] == [{"Ref": "Architecture"}]


def test_functions_and_layers_are_the_artefacts(built: BuiltTemplate, tmp_path: Path) -> None:
    assert built.artefacts() == {
        "DrainUsageFunction": tmp_path / "DrainUsageFunction",
        "MeterhouseLayer": tmp_path / "MeterhouseLayer",
    }


def test_artefacts_are_pointed_elsewhere_in_a_copy_only(built: BuiltTemplate) -> None:
    document = json.loads(built.with_artefacts_at({"MeterhouseLayer": "s3://bucket/key"}))
    moved = document["Resources"]["MeterhouseLayer"]["Properties"]["ContentUri"]
    assert moved == "s3://bucket/key"
    untouched = built.document["Resources"]["MeterhouseLayer"]["Properties"]["ContentUri"]
    assert untouched == "MeterhouseLayer"


def test_an_application_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="make build"):
        read_built_template(tmp_path / "template.yaml")


def test_a_folder_is_archived_with_its_byte_code_and_always_the_same(tmp_path: Path) -> None:
    (tmp_path / "pkg" / "__pycache__").mkdir(parents=True)
    (tmp_path / "pkg" / "module.py").write_text("x = 1\n")
    (tmp_path / "pkg" / "__pycache__" / "module.cpython-313.pyc").write_bytes(b"\0")
    first = archive_folder(tmp_path)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        names = archive.namelist()
    assert names == ["pkg/__pycache__/module.cpython-313.pyc", "pkg/module.py"]
    assert archive_folder(tmp_path) == first


def test_routes_come_from_the_open_api_body() -> None:
    operation = {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": INTEGRATION}}}
    body = {"paths": {"/register": {"get": operation, "post": operation}}}
    assert list(read_routes(body)) == [
        Route("GET", "/register", "F"),
        Route("POST", "/register", "F"),
    ]


def test_a_route_may_lead_to_a_qualified_function() -> None:
    address = [INTEGRATION.replace("${F.Arn}", "${F.Arn}${Qualifier}"), {"Qualifier": ""}]
    operation = {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": address}}}
    assert list(read_routes({"paths": {"/register": {"get": operation}}})) == [
        Route("GET", "/register", "F")
    ]


def test_an_integration_without_a_function_is_refused() -> None:
    operation = {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": "http://elsewhere"}}}
    with pytest.raises(StackError, match="no function"):
        list(read_routes({"paths": {"/register": {"get": operation}}}))


def queue_policy(*statements: dict[str, Any]) -> BuiltTemplate:
    properties = {"Queues": [], "PolicyDocument": {"Statement": list(statements)}}
    policy = {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}
    return BuiltTemplate({"Resources": {"Policy": policy}}, Path())


TLS_ONLY = {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
OTHER = {"Effect": "Deny", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}


def test_only_the_demand_for_tls_is_lifted() -> None:
    template = queue_policy(TLS_ONLY, OTHER)
    adapted = adapt_to_emulator(template).document["Resources"]["Policy"]["Properties"]
    assert adapted["PolicyDocument"]["Statement"] == [OTHER]
    original = template.document["Resources"]["Policy"]["Properties"]["PolicyDocument"]
    assert original["Statement"] == [TLS_ONLY, OTHER]


def test_a_policy_that_only_demands_tls_is_left_out() -> None:
    assert adapt_to_emulator(queue_policy(TLS_ONLY)).document["Resources"] == {}


def test_topics_of_awss_account_are_not_subscribed_and_what_chooses_them_is_left_out() -> None:
    takes_apart = {"Fn::Equals": [{"Fn::Select": [1, {"Fn::Split": [",", "a,"]}]}, ""]}
    template = BuiltTemplate(
        {
            "Conditions": {"HasSecond": takes_apart, "HasAny": {"Fn::Equals": ["a", ""]}},
            "Resources": {
                "Second": {"Type": "AWS::SNS::Subscription", "Condition": "HasSecond"},
                "Topic": {"Type": "AWS::SNS::Topic"},
            },
        },
        Path(),
    )
    adapted = adapt_to_emulator(template).document
    assert set(adapted["Resources"]) == {"Topic"}
    assert set(adapted["Conditions"]) == {"HasAny"}


@pytest.mark.parametrize("actions", ["sqs:SendMessage", ["sqs:SendMessage"]])
def test_the_emulators_names_of_batch_calls_are_allowed_with_the_single_ones(
    actions: str | list[str],
) -> None:
    policy = {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": actions}]}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}
    adapted = adapt_to_emulator(BuiltTemplate({"Resources": {"Role": role}}, Path()))
    (changed,) = adapted.document["Resources"]["Role"]["Properties"]["Policies"]
    (statement,) = changed["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["sqs:SendMessage", "sqs:SendMessageBatch"]


def test_no_other_permission_is_added() -> None:
    policy = {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "dynamodb:Query"}]}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}
    adapted = adapt_to_emulator(BuiltTemplate({"Resources": {"Role": role}}, Path()))
    (changed,) = adapted.document["Resources"]["Role"]["Properties"]["Policies"]
    assert changed["PolicyDocument"]["Statement"][0]["Action"] == ["dynamodb:Query"]


def test_a_permission_that_an_option_exchanges_is_left_to_the_emulator_and_one_it_adds_is_not() -> (
    None
):
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    exchanged = {"Fn::If": ["HasRole", allowed, {"Effect": "Allow", "Action": "other:Call"}]}
    added = {"Fn::If": ["HasKey", allowed, {"Ref": "AWS::NoValue"}]}
    policy = {"PolicyDocument": {"Statement": [exchanged, added]}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}
    bus = {"Type": "AWS::Events::EventBusPolicy", "Properties": {}}
    template = BuiltTemplate({"Resources": {"Role": role, "BusPolicy": bus}}, Path())
    adapted = adapt_to_emulator(template).document["Resources"]
    (changed,) = adapted["Role"]["Properties"]["Policies"]
    assert changed["PolicyDocument"]["Statement"] == [exchanged]
    assert "BusPolicy" not in adapted


def test_functions_start_with_the_handler_that_gives_them_the_sandboxs_time() -> None:
    function = {"Handler": "app.lambda_handler", "Environment": {"Variables": {"LEVEL": "INFO"}}}
    template = BuiltTemplate({"Globals": {"Function": function}}, Path())
    adapted = adapt_to_sandbox_time(template).document["Globals"]["Function"]
    assert adapted["Environment"]["Variables"] == {
        "LEVEL": "INFO",
        sandbox_time.HANDLER_VARIABLE: "app.lambda_handler",
        "PYTHONPATH": str(Path(sandbox_time.__file__).parent),
    }
    assert adapted["Handler"] == f"{Path(sandbox_time.__file__).stem}.lambda_handler"
    assert function["Handler"] == "app.lambda_handler"


def test_overrides_win_over_local_defaults_and_undeclared_defaults_are_left_out() -> None:
    chosen = choose_parameters(
        {"ReconcileSchedule", "SettleMinutes"},
        parse_assignments(["SettleMinutes=0", "ReconcileSchedule=rate(2 minutes)"]),
    )
    assert chosen == {"SettleMinutes": "0", "ReconcileSchedule": "rate(2 minutes)"}


def test_the_settle_time_is_the_productions() -> None:
    assert "SettleMinutes" not in local_defaults()


def test_an_unknown_parameter_is_named_with_the_known_ones() -> None:
    with pytest.raises(StackError, match="no parameter Settle; it has SettleMinutes"):
        choose_parameters({"SettleMinutes"}, {"Settle": "0"})


def test_a_parameter_without_a_value_is_refused() -> None:
    with pytest.raises(StackError, match="Name=Value"):
        parse_assignments(["SettleMinutes"])


def test_an_archive_is_left_out_with_the_output_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Resources: {Kept: {Type: AWS::Events::Archive}, EventBus: {Type: AWS::Events::EventBus}}\n"
        "Outputs: {Archive: {Value: !GetAtt Kept.Arn}, Bus: {Value: !Ref EventBus}}\n"
    )

    adapted = adapt_to_emulator(read_built_template(path)).document

    assert [*adapted["Resources"]] == ["EventBus"]
    assert [*adapted["Outputs"]] == ["Bus"]
