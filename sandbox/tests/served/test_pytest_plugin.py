"""The fixtures as another project loads them: in a pytest of its own."""

import re
import sys
from importlib import import_module
from textwrap import dedent

import pytest

from marketplace_sandbox import pytest_plugin

pytest_plugins = ["pytester"]

HEAVY = {"boto3", "botocore", "fastapi", "marketplace_sandbox.core", "pygal", "starlette"}
TEST_OF_FIXTURES = """
    import os
    import subprocess
    import sys
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal

    import boto3
    import pytest

    CALL = "import boto3; boto3.client('meteringmarketplace').batch_meter_usage(UsageRecords=[])"

    def test_a_program_that_the_test_starts_is_led_there_too(marketplace, marketplace_url):
        subprocess.run([sys.executable, "-c", CALL], check=True, timeout=60)
        assert [call.operation for call in marketplace.calls()] == ["BatchMeterUsage"]

    def test_each_test_has_a_marketplace_of_its_own(marketplace):
        assert marketplace.calls() == ()

    def test_both_services_are_there(marketplace, marketplace_url):
        marketplace.create_product(code="atlas")
        answer = boto3.client("marketplace-entitlement").get_entitlements(ProductCode="atlas")
        assert answer["Entitlements"] == []

    def test_time_stands_still_at_the_beginning_of_the_test(marketplace):
        assert abs(datetime.now(UTC) - marketplace.now()) < timedelta(minutes=5)
        assert marketplace.now() == marketplace.now()

    def test_nobody_waits_for_a_slow_answer(marketplace):
        began_at = marketplace.now()
        marketplace.inject_fault("slow", delay_seconds=Decimal(900))
        marketplace.batch_meter_usage(UsageRecords=[])
        assert marketplace.now() - began_at == timedelta(minutes=15)

    @pytest.mark.marketplace(at="2026-11-30T23:30:00Z", metering_calls_per_second=1)
    def test_a_marker_says_how_it_begins(marketplace):
        assert marketplace.now() == datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
        marketplace.batch_meter_usage(UsageRecords=[])
        with pytest.raises(marketplace.exceptions.ThrottlingException):
            marketplace.batch_meter_usage(UsageRecords=[])

    def test_in_the_end_the_environment_is_as_it_was():
        assert os.environ["AWS_PROFILE"] == "my-own"
        assert "AWS_ENDPOINT_URL_MARKETPLACE_METERING" not in os.environ
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project on the machine of somebody who uses AWS, behind a proxy."""
    monkeypatch.setenv("AWS_PROFILE", "my-own")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    return pytester


def example() -> str:
    """Read the example that the plugin's documentation gives."""
    text = pytest_plugin.__doc__
    assert text is not None
    found = re.search(r"    import boto3\n.*== \[12\]\n", text, re.DOTALL)
    assert found is not None
    return dedent(found[0])


def test_a_run_without_the_fixtures_loads_nothing_but_the_plugin(project: pytest.Pytester) -> None:
    project.makepyfile(
        f"""
        import sys

        def test_it():
            assert "marketplace_sandbox.pytest_plugin" in sys.modules
            assert sys.modules.keys() & {HEAVY} == set()
        """
    )
    project.runpytest_subprocess(
        "-p", "no:schemathesis", "-p", "no:hypothesispytest"
    ).assert_outcomes(passed=1)


def test_whoever_imports_the_server_can_still_import_by_specification() -> None:
    import_module("marketplace_sandbox.server")

    assert [finder for finder in sys.meta_path if not hasattr(finder, "find_spec")] == []


def test_the_documented_example_runs(project: pytest.Pytester) -> None:
    project.makepyfile(example())
    project.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_the_fixtures_do_what_they_say(project: pytest.Pytester) -> None:
    project.makepyfile(TEST_OF_FIXTURES)
    project.runpytest_subprocess("--strict-markers").assert_outcomes(passed=7)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('"2026-11-30T23:30:00Z"', "need names"),
        ('at="2026-11-30T23:30:00"', "names its offset from UTC"),
        ('at="noon"', "cannot be read"),
        ("now=1", "cannot be read"),
    ],
)
def test_a_marker_that_makes_no_sense_is_explained(
    project: pytest.Pytester, arguments: str, said: str
) -> None:
    project.makepyfile(
        f"""
        import pytest

        @pytest.mark.marketplace({arguments})
        def test_it(marketplace):
            raise AssertionError("not reached")
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{said}*"])
