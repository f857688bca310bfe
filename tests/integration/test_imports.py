"""What a built function imports before its first call, for which somebody waits (ADR 0016)."""

import subprocess
import sys

import pytest

from bench.artefact import environment, function_folder, layer_folders

pytestmark = pytest.mark.artefact

PROBE = """
import sys
before = set(sys.modules)
sys.path[:0] = sys.argv[1:]
import app
print(*sorted(sys.modules.keys() - before), sep="\\n")
"""
# What answers a request is made, too: some of it is imported only where it is chosen.
PAGE_PROBE = PROBE.replace(
    "import app",
    "import app; from meterhouse.runtime import registration_wiring as wiring; "
    "wiring.registration_web(lambda: 15_000)",
)
# Each was imported once for a type, a constant or a layer above what is used.
UNUSED = (
    "asyncio",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.data_classes",
    "aws_lambda_powertools.utilities.typing",
    "boto3",
    "botocore.docs.service",
    "html.parser",
    "importlib.metadata",
    "multiprocessing",
    "s3transfer",
    "zipfile",
)
# What a buyer's page has nothing to do with.
METERING = (
    "meterhouse.adapters.marketplace",
    "meterhouse.adapters.usage_queue",
    "meterhouse.adapters.usage_table.ledger",
    "meterhouse.domain.calls",
    "meterhouse.domain.journal",
    "meterhouse.domain.records",
    "meterhouse.domain.usage",
    "meterhouse.runtime.wiring",
    "meterhouse.use_cases.assembly",
)
ASKING = ("meterhouse.adapters.entitlements", "meterhouse.runtime.entitlement_wiring")
ROLE = (
    "meterhouse.adapters.assumed_role",
    "meterhouse.adapters.role_session",
    "meterhouse.runtime.role_settings",
)
# The page had 618 modules, the metering functions 590 and 516. A new version of a dependency may
# need some more; look what they are before this is raised. All of them fold facts about
# subscriptions: a dozen modules of our own. Four more of ours read usage in all its forms, and nine
# say who pays for a tenant. Of spikes there are four; of what only a scheduled run does, some 25.
# The page's brand, contacts and firewall are three. Asking what contracts hold takes six of ours,
# and the rules of what they include five more where usage is closed.
MODULES_MAX = {
    "RegisterCustomerFunction": 382,
    "TrackAgreementsFunction": 376,
    "SweepAgreementsFunction": 376,
    "AnnounceChangesFunction": 355,
    "ServeSellerApiFunction": 403,
    "DrainUsageFunction": 458,
    "ReconcileUsageFunction": 483,
}


def imported(function: str, probe: str = PROBE, **variables: str) -> list[str]:
    path = map(str, [function_folder(function), *layer_folders()])
    ran = subprocess.run(
        [sys.executable, "-BIS", "-c", probe, *path],
        env=environment(function) | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout.split()


def below(modules: list[str], names: tuple[str, ...]) -> list[str]:
    return [one for one in modules if any(f"{one}.".startswith(f"{name}.") for name in names)]


@pytest.mark.parametrize("function", MODULES_MAX)
def test_a_function_imports_no_library_that_it_does_without(function: str) -> None:
    modules = imported(function)

    assert {"botocore.session", "aws_lambda_powertools.logging.logger"} <= {*modules}
    assert below(modules, UNUSED) == []


def test_a_buyers_page_imports_nothing_of_metering() -> None:
    assert below(imported("DrainUsageFunction"), METERING)
    assert below(imported("RegisterCustomerFunction"), METERING) == []


@pytest.mark.parametrize("chosen", ["false", "true"])
def test_a_page_that_asks_aws_for_no_contacts_imports_nothing_for_it(chosen: str) -> None:
    modules = imported("RegisterCustomerFunction", PAGE_PROBE, ASK_AGREEMENT_CONTACTS=chosen)

    assert bool(below(modules, ("meterhouse.adapters.agreements",))) is (chosen == "true")
    assert len(modules) <= MODULES_MAX["RegisterCustomerFunction"]


@pytest.mark.parametrize("chosen", ["false", "true"])
def test_a_page_that_does_not_ask_what_contracts_hold_imports_nothing_for_it(chosen: str) -> None:
    modules = imported("RegisterCustomerFunction", PAGE_PROBE, READ_ENTITLEMENTS=chosen)

    assert bool(below(modules, ASKING)) is (chosen == "true")


@pytest.mark.parametrize("function", ["DrainUsageFunction", "ReconcileUsageFunction"])
def test_closings_that_include_nothing_import_nothing_to_ask_what_contracts_hold(
    function: str,
) -> None:
    assert below(imported(function), ASKING) == []


@pytest.mark.parametrize("sender", ["", "hello@seller.example"])
def test_a_page_that_sends_no_mail_imports_nothing_for_it(sender: str) -> None:
    modules = imported("RegisterCustomerFunction", PAGE_PROBE, CONFIRMATION_SENDER=sender)

    mail = ("meterhouse.adapters.confirmation_mail", "meterhouse.web.confirmation_letter")
    assert bool(below(modules, mail)) is bool(sender)


@pytest.mark.parametrize("arn", ["", "arn:aws:iam::210987654321:role/seller"])
def test_a_function_without_a_role_to_assume_imports_nothing_for_it(arn: str) -> None:
    probe = PAGE_PROBE.replace("15_000)", "15_000).register.marketplace._client.meta.region_name")
    modules = imported(
        "RegisterCustomerFunction",
        probe,
        MARKETPLACE_ROLE_ARN=arn,
        MARKETPLACE_ROLE_EXTERNAL_ID="stack:7",
    )

    assert bool(below(modules, ROLE)) is bool(arn)


@pytest.mark.parametrize(
    "function",
    [
        "TrackAgreementsFunction",
        "SweepAgreementsFunction",
        "AnnounceChangesFunction",
        "ServeSellerApiFunction",
    ],
)
def test_what_follows_agreements_or_tells_of_them_bills_nothing(function: str) -> None:
    assert (
        below(imported(function), ("meterhouse.runtime.wiring", "meterhouse.use_cases.billing"))
        == []
    )


@pytest.mark.parametrize("function", MODULES_MAX)
def test_what_is_imported_does_not_grow_unseen(function: str) -> None:
    assert len(imported(function)) <= MODULES_MAX[function]
