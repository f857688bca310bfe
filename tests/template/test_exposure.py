"""What anybody may call without a signature: the registration page, and nothing else (ADR 0028)."""

from typing import Any

import pytest

from meterhouse.domain.subscriptions.registration import sha256_hex
from meterhouse.web.firewall import DIGESTS_VARIABLE, SECRET_HEADER, came_through
from tests.template.cloudformation import (
    HTTP_API,
    REPOSITORY,
    document,
    firewall_document,
    only_if,
    resources,
)
from tests.template.evaluation import Evaluation

API = resources(HTTP_API)["HttpApi"]
PAGE = {("GET", "/register"), ("POST", "/register")}
(WEB_ACL,) = resources("AWS::WAFv2::WebACL", firewall_document()).values()
(DISTRIBUTION,) = resources("AWS::CloudFront::Distribution", firewall_document()).values()
CONFIG: dict[str, Any] = DISTRIBUTION["DistributionConfig"]
FIREWALL_RULES = {rule["Name"]: rule for rule in WEB_ACL["Rules"]}
SECRET = "a-secret-of-more-than-thirty-two-characters"


def is_signed(operation: dict[str, Any]) -> bool:
    """Tell whether API Gateway asks who calls an operation for a signature."""
    schemes = API["DefinitionBody"].get("components", {}).get("securitySchemes", {})
    asked = [name for one in operation.get("security", []) for name in one]
    return bool(asked) and all(
        schemes[name]["x-amazon-apigateway-authtype"] == "awsSigv4" for name in asked
    )


def test_whoever_signs_nothing_gets_the_registration_page_and_nothing_else() -> None:
    open_to_all = {
        (method.upper(), path)
        for path, operations in API["DefinitionBody"]["paths"].items()
        for method, operation in operations.items()
        if not is_signed(operation)
    }

    assert open_to_all == PAGE


def test_the_page_has_limits_of_its_own_and_takes_nothing_from_the_sellers_routes() -> None:
    limits = {
        "ThrottlingRateLimit": {"Ref": "RegisterRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "RegisterBurstLimit"},
    }

    assert API["RouteSettings"] == {" ".join(route): limits for route in PAGE}
    assert API["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "ApiRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "ApiBurstLimit"},
    }


def test_without_a_firewall_the_page_is_as_it_was() -> None:
    chosen = only_if("HasFirewall", {DIGESTS_VARIABLE: {"Ref": "FirewallSecretDigests"}})
    parameter = document()["Parameters"]["FirewallSecretDigests"]

    assert API["StageVariables"] == chosen
    assert Evaluation({"FirewallSecretDigests": parameter["Default"]}, document()["Conditions"]).of(
        API["StageVariables"]
    ) == {"Ref": "AWS::NoValue"}


def test_the_page_lets_pass_what_cloudfront_adds() -> None:
    (origin,) = CONFIG["Origins"]
    (added,) = origin["OriginCustomHeaders"]
    stage = {DIGESTS_VARIABLE: sha256_hex(SECRET)}

    assert added == {"HeaderName": SECRET_HEADER, "HeaderValue": {"Ref": "FirewallSecret"}}
    assert firewall_document()["Parameters"]["FirewallSecret"]["NoEcho"] is True
    assert came_through(stage, {added["HeaderName"]: SECRET})


def test_a_token_travels_encrypted_and_is_kept_nowhere_on_the_way() -> None:
    (origin,) = CONFIG["Origins"]
    behaviour = CONFIG["DefaultCacheBehavior"]

    assert origin["DomainName"] == {"Ref": "OriginHost"}
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
    assert "CacheBehaviors" not in CONFIG
    assert "Logging" not in CONFIG


def test_the_firewall_lets_nothing_but_the_page_pass() -> None:
    allowing = [rule for rule in FIREWALL_RULES.values() if "Allow" in rule.get("Action", {})]

    assert CONFIG["WebACLId"] == {"Fn::GetAtt": ["WebAcl", "Arn"]}
    assert WEB_ACL["Scope"] == "CLOUDFRONT"
    assert WEB_ACL["DefaultAction"] == {"Block": {}}
    assert [rule["Statement"]["ByteMatchStatement"]["SearchString"] for rule in allowing] == [
        "/register"
    ]
    # Who is let pass is looked at by no rule that comes after.
    assert allowing[0]["Priority"] == max(rule["Priority"] for rule in FIREWALL_RULES.values())


def test_one_address_has_a_limit_and_is_told_of_it() -> None:
    rule = FIREWALL_RULES["TooManyOfOneAddress"]
    answer = rule["Action"]["Block"]["CustomResponse"]

    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": {"Ref": "VisitorRequestsPerFiveMinutes"},
    }
    assert answer["ResponseCode"] == 429
    assert answer["CustomResponseBodyKey"] in WEB_ACL["CustomResponseBodies"]


@pytest.mark.parametrize(
    ("chosen", "action"),
    [("block", {"None": {}}), ("count", {"Count": {}})],
    ids=["block", "count"],
)
def test_rules_for_every_site_may_be_watched_before_they_turn_a_buyer_away(
    chosen: str, action: dict[str, Any]
) -> None:
    evaluation = Evaluation({"CommonAttacks": chosen}, firewall_document()["Conditions"])
    managed = {
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]: evaluation.of(
            rule["OverrideAction"]
        )
        for rule in FIREWALL_RULES.values()
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }

    assert managed == {
        "AWSManagedRulesAmazonIpReputationList": {"None": {}},
        "AWSManagedRulesKnownBadInputsRuleSet": {"None": {}},
        "AWSManagedRulesCommonRuleSet": action,
    }


@pytest.mark.parametrize(
    ("domain", "url"),
    [("", "https://d1.cloudfront.net/register"), ("signup.acme.example", None)],
    ids=["cloudfronts name", "a name of the sellers"],
)
def test_the_listing_gets_the_firewalls_address(domain: str, url: str | None) -> None:
    template = firewall_document()
    text, variables = template["Outputs"]["RegisterUrl"]["Value"]["Fn::Sub"]
    host = Evaluation({"DomainName": domain}, template["Conditions"]).of(variables["Host"])
    named = "d1.cloudfront.net" if isinstance(host, dict) else host

    assert text.replace("${Host}", named) == (url or f"https://{domain}/register")


def test_the_samconfig_deploys_it_where_web_acls_of_cloudfront_are() -> None:
    text = (REPOSITORY / "samconfig.toml").read_text()
    (chapter,) = [one for one in text.split("\n[") if one.startswith("firewall.global")]

    assert 'region = "us-east-1"' in chapter
    assert 'template_file = "template-firewall.yaml"' in chapter
