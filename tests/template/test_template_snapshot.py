"""The page from a snapshot: only where somebody asks for it, and never an old one (ADR 0016)."""

import hashlib
import json
from typing import Any

from tests.template.cloudformation import (
    FUNCTION,
    LAYER,
    REPOSITORY,
    document,
    only_if,
    references,
    resources,
)

CONDITION = "HasRegisterSnapshot"
PAGE = resources(FUNCTION)["RegisterCustomerFunction"]
GLOBALS: dict[str, Any] = document()["Globals"]["Function"]
DESCRIPTION_CHARACTERS_MAX = 256


def description() -> tuple[str, dict[str, Any]]:
    text, variables = document()["Resources"]["RegisterCustomerVersion"]["Properties"][
        "Description"
    ]["Fn::Sub"]
    return text, variables


def shape() -> str:
    """Return a digest of what a version keeps that neither a layer nor a parameter tells of."""
    handler = (REPOSITORY / PAGE["CodeUri"] / "app.py").read_text()
    kept = json.dumps([GLOBALS, PAGE, handler], sort_keys=True)
    return hashlib.sha256(kept.encode()).hexdigest()[:8]


def test_nobody_pays_for_a_snapshot_who_did_not_ask_for_it() -> None:
    conditional = {
        name: resource.get("Condition")
        for name, resource in document()["Resources"].items()
        if resource["Type"] in {"AWS::Lambda::Version", "AWS::Lambda::Alias"}
    }

    assert document()["Parameters"]["RegisterSnapStart"]["Default"] == "false"
    assert document()["Conditions"][CONDITION] == {
        "Fn::Equals": [{"Ref": "RegisterSnapStart"}, "true"]
    }
    assert conditional == {
        "RegisterCustomerVersion": CONDITION,
        "RegisterCustomerAlias": CONDITION,
    }
    assert PAGE["SnapStart"] == only_if(CONDITION, {"ApplyOn": "PublishedVersions"})


def test_a_changed_setting_of_the_page_makes_a_new_version() -> None:
    text, variables = description()
    settings = [GLOBALS["Environment"], PAGE["Environment"], GLOBALS["Architectures"]]
    wanted = {name for name in references(settings) if name in document()["Parameters"]}
    # Whose version `text` names, and which is new when its description is.
    layers = document()["Resources"]
    ours = layers["MeterhouseLayer"]["Properties"]["Description"]["Fn::Sub"]
    condition, theirs, _ = layers["DependenciesLayer"]["Properties"]["Description"]["Fn::If"]
    assert condition == CONDITION
    descriptions = text + ours + theirs["Fn::Sub"]
    told = {name for name in wanted if f"${{{name}}}" in descriptions} | {*references(variables)}

    assert wanted
    assert wanted - told == set()


def test_a_changed_layer_makes_a_new_version() -> None:
    text, variables = description()

    for variable, layer in zip(("Ours", "Dependencies"), resources(LAYER), strict=True):
        assert f"${{{variable}}}" in text
        # The last part of a layer's ARN is its version.
        assert variables[variable] == {"Fn::Select": [7, {"Fn::Split": [":", {"Ref": layer}]}]}


def test_whatever_else_is_changed_of_the_page_makes_a_new_version() -> None:
    text, _ = description()

    assert text.split()[0] == shape(), (
        "the page's handler or properties changed: write this digest into the description of "
        "RegisterCustomerVersion"
    )


def test_the_description_has_room_for_ordinary_settings() -> None:
    text, _ = description()
    values = {
        "Ours": "100",
        "Dependencies": "100",
        "Table": "meterhouse-production-SubscriptionsTable-1ABCDEFGHIJKL",
        "Architecture": "x86_64",
        "LogLevel": "ERROR",
        "AskAgreementContacts": "false",
        "LegacyProductCodes": "3cxm4ss7bq0p1v9d2ak6t8ynz",
        "SellerName": "Acme Software, Inc.",
        "SupportContact": "support@acme.example.com",
        "SignupUrl": "https://www.acme.example.com/signup/aws-marketplace?campaign=listing",
    }
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)

    assert "$" not in text
    assert len(text) <= DESCRIPTION_CHARACTERS_MAX


def test_the_api_may_call_what_it_leads_to() -> None:
    permission = resources("AWS::Lambda::Permission")["RegisterCustomerPermission"]

    assert permission["FunctionName"] == {
        "Fn::If": [
            CONDITION,
            {"Ref": "RegisterCustomerAlias"},
            {"Ref": "RegisterCustomerFunction"},
        ]
    }
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${HttpApi}/*/*/register")
