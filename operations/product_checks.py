"""What sellers get wrong between AWS Marketplace and a stack, looked at by reads alone.

Nothing here meters: BatchMeterUsage has no dry run, and AWS bills each record that it takes.
https://docs.aws.amazon.com/marketplace/latest/APIReference/API_marketplace-metering_BatchMeterUsage.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from meterhouse.adapters.agreements import AGREEMENTS_REGION
from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.subscriptions.identity import PRODUCT_ID_PREFIX
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Phase
from operations.product_scene import Finding, Scene, Verdict
from operations.remedies import CALL_FAILURES, tell_failure

_EVENTS_SOURCE = "aws.agreement-marketplace"
_TOPICS = {"LegacyProductCodes": "LegacyProduct", "LegacyContractCodes": "LegacyContract"}


def check_codes(scene: Scene) -> Finding:
    """Tell whether the product is one of those that the stack meters."""
    codes, legacy = (scene.stack.codes(one) for one in ("ProductCodes", "LegacyProductCodes"))
    ours = Products(frozenset(codes), frozenset(legacy))
    is_id = scene.product.startswith(PRODUCT_ID_PREFIX)
    if ours.are_foreign(*((None, scene.product) if is_id else (scene.product, None))):
        return Finding(
            Verdict.NOT_OK,
            "ProductCodes names other products only, so its agreements are left alone",
            "add its code and its id to ProductCodes and deploy, or name it as the portal does",
        )
    named = {*codes, *legacy}
    return Finding(
        Verdict.OK, "the stack meters it by name" if scene.product in named else "it meters all"
    )


def check_page(scene: Scene) -> Finding:
    """Tell whether buyers reach the registration page."""
    if scene.stack.parameters.get("FirewallSecretDigests"):
        return Finding(
            Verdict.UNKNOWN,
            "a firewall stands before it",
            "open the address of the firewall's stack, which the listing has to name",
        )
    url = scene.stack.outputs["RegisterUrl"]
    try:
        answer = httpx.get(url, trust_env=not scene.stack.is_local)
    except httpx.HTTPError as error:
        return Finding(Verdict.NOT_OK, f"{url} does not answer: {error}", "see HttpApi's alarms")
    if answer.is_success:
        return Finding(Verdict.OK, f"{url} answers; the listing's fulfillment URL has to be this")
    return Finding(Verdict.NOT_OK, f"{url} answers {answer.status_code}", "see HttpApi's alarms")


def check_events(scene: Scene) -> Finding:
    """Tell whether what AWS says of agreements comes to the stack."""
    name = scene.stack.resource("AgreementEventsRule")
    wrong = _wrong_rule(scene.stack.client("events"), name)
    if wrong or scene.stack.is_local or scene.stack.region == AGREEMENTS_REGION:
        return wrong or Finding(Verdict.OK, f"rule {name} takes them")
    if scene.stack.parameters.get("MarketplaceRoleArn"):
        return Finding(
            Verdict.UNKNOWN,
            f"rule {name} takes them; what forwards them is in the account that publishes",
            "see there that the stack of template-events.yaml is up, in us-east-1",
        )
    there = scene.stack.client("events", region_name=AGREEMENTS_REGION)
    bus = f"arn:aws:events:{scene.stack.region}:{scene.stack.account}:event-bus/default"
    for one in there.list_rule_names_by_target(TargetArn=bus)["RuleNames"]:
        if _wrong_rule(there, one) is None:
            return Finding(Verdict.OK, f"rule {one} in {AGREEMENTS_REGION} forwards them")
    return Finding(
        Verdict.NOT_OK,
        f"nothing forwards them from {AGREEMENTS_REGION}, where alone they are",
        f"make deploy ENV=events PARAMETERS=MainRegion={scene.stack.region}",
    )


def _wrong_rule(events: Any, name: str) -> Finding | None:  # noqa: ANN401 - of EventBridge
    rule = events.describe_rule(Name=name)
    sources = json.loads(rule.get("EventPattern") or "{}").get("source", [])
    if rule["State"] == "ENABLED" and _EVENTS_SOURCE in sources:
        return None
    found = f"rule {name} is {rule['State'].lower()} and takes {', '.join(sources) or 'nothing'}"
    return Finding(Verdict.NOT_OK, found, "deploy the stack again")


def check_role(scene: Scene) -> Finding:
    """Tell whether the role of the account that publishes the product can be assumed."""
    if scene.role_credentials:
        return Finding(Verdict.OK, f"{scene.stack.parameters['MarketplaceRoleArn']} is assumed")
    return Finding(Verdict.OK, "the stack's own account publishes the product, as deployed")


def check_agreements(scene: Scene) -> Finding:
    """Tell whether AWS shows agreements of the product to the account that the stack asks as."""
    filters = {"PartyType": "Proposer", "AgreementType": "PurchaseAgreement"}
    ids = [one.product_id for one in scene.known if one.product_id]
    if scene.product.startswith(PRODUCT_ID_PREFIX) or ids:
        filters["ResourceIdentifier"] = [*ids, scene.product][0]
    told = scene.agreements().search_agreements(
        filters=[{"name": name, "values": [value]} for name, value in filters.items()],
        maxResults=1,
    )
    whose = "of it" if "ResourceIdentifier" in filters else "at all"
    if told.get("agreementViewSummaries"):
        return Finding(Verdict.OK, f"SearchAgreements shows agreements {whose}")
    return Finding(
        Verdict.UNKNOWN,
        f"SearchAgreements shows no agreement {whose}",
        "nobody subscribed yet, partners sell it, or another account publishes it: "
        "MarketplaceRoleArn",
    )


def check_sweep(scene: Scene) -> Finding:
    """Tell whether the stack itself came through a sweep of the Agreement API."""
    cursor = scene.shelf.sweeps.cursor()
    if not cursor.version:
        return Finding(Verdict.UNKNOWN, "there was none yet", "run `meterhouse sweep`")
    if cursor.is_running:
        return Finding(
            Verdict.UNKNOWN,
            "one is under way, or AWS refuses it",
            "run `meterhouse sweep`: it says which",
        )
    return Finding(Verdict.OK, f"it came to what AWS changed at {cursor.reached_at}")


def check_subscriptions(scene: Scene) -> Finding:
    """Tell whether a subscription of the product is known."""
    if not scene.known:
        return Finding(
            Verdict.UNKNOWN,
            "no subscription of it is known",
            "name it as `meterhouse subscriptions list` does, or buy it with a test account",
        )
    active = sum(1 for one in scene.known if one.phase is Phase.ACTIVE)
    return Finding(Verdict.OK, f"{len(scene.known)} are known, {active} of them active")


def check_dimensions(scene: Scene) -> Finding:
    """Tell whether the dimensions that are used are those that the buyers' agreements price."""
    seen: set[str] = set()
    for state, lines in scene.used:
        used = {line.dimension for line in lines}
        if not used or state.agreement_id is None:
            continue
        priced = _priced(scene.agreements(), state.agreement_id)
        if priced and used - priced:
            return Finding(
                Verdict.NOT_OK,
                f"{state.folder} used {', '.join(sorted(used - priced))}, which its agreement "
                f"does not price; it prices {', '.join(sorted(priced))}",
                "the product has to write them as the listing does, capitals included",
            )
        seen |= used & priced
    if seen:
        return Finding(Verdict.OK, f"{', '.join(sorted(seen))} are priced as they are written")
    return Finding(Verdict.UNKNOWN, "nothing was used by an agreement that AWS shows")


def _priced(agreements: Any, agreement_id: str) -> set[str]:  # noqa: ANN401 - see `agreements`
    """Return the dimensions that an agreement prices by usage; none if it says nothing of them."""
    terms = agreements.get_agreement_terms(agreementId=agreement_id)["acceptedTerms"]
    return {
        item["dimensionKey"]
        for term in terms
        for card in term.get("usageBasedPricingTerm", {}).get("rateCards", [])
        for item in card.get("rateCard", [])
    }


def check_metering(scene: Scene) -> Finding:
    """Tell whether AWS took records of it in these days."""
    lines = [(state.folder, line) for state, some in scene.used for line in some]
    for folder, line in reversed(lines):
        if line.standing is Standing.METERED and line.units:
            return Finding(Verdict.OK, f"AWS took {line.dimension} of {folder}, {line.hour_at}")
    if any(line.standing is Standing.REJECTED and line.units for _, line in lines):
        return Finding(Verdict.NOT_OK, "AWS rejected its records", "`meterhouse refused` says why")
    return Finding(
        Verdict.UNKNOWN,
        "AWS took no record of it yet",
        "only a record that is billed tells: watch `meterhouse unfinished` when usage comes",
    )


def check_topics(scene: Scene) -> Finding:
    """Tell whether AWS's topics of a legacy listing deliver to the stack."""
    told: list[str] = []
    for parameter, resource in _TOPICS.items():
        codes = scene.stack.codes(parameter)
        if scene.product not in codes:
            continue
        arn = scene.stack.resource(f"{resource}{codes.index(scene.product) + 1}Subscription")
        sns = scene.stack.client("sns", region_name=AGREEMENTS_REGION)
        attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        if attributes.get("PendingConfirmation") == "true":
            return Finding(
                Verdict.NOT_OK, f"{arn} waits for its confirmation", "deploy the stack again"
            )
        told.append(str(attributes["TopicArn"]))
    if told:
        return Finding(Verdict.OK, f"{', '.join(told)} deliver")
    return Finding(Verdict.OK, "its buyers have licenses: AWS tells of them by EventBridge")


CHECKS: Mapping[str, Callable[[Scene], Finding]] = {
    "product codes": check_codes,
    "registration page": check_page,
    "AWS's events": check_events,
    "AWS's topics": check_topics,
    "role": check_role,
    "Agreement API": check_agreements,
    "sweep": check_sweep,
    "subscriptions": check_subscriptions,
    "dimensions": check_dimensions,
    "metering": check_metering,
}


def run_checks(scene: Scene) -> dict[str, Finding]:
    """Return what came of each check; what could not be asked for cannot be told."""
    found: dict[str, Finding] = {}
    for name, check in CHECKS.items():
        try:
            found[name] = check(scene)
        except CALL_FAILURES as error:
            found[name] = Finding(Verdict.UNKNOWN, "it could not be read", tell_failure(error))
    return found
