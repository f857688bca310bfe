"""What `make measure-start` measures: starts in which a function does its work."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.artefact import BUILT, REPOSITORY, SOURCES
from bench.canned_aws import CannedAws, canned_aws
from bench.starts import EVENTS, OURS, built, start, table_of

pytestmark = pytest.mark.artefact


@pytest.fixture
def aws() -> Iterator[CannedAws]:
    with canned_aws() as server:
        yield server


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        ("RegisterCustomerFunction", "ResolveCustomer"),
        ("TrackAgreementsFunction", "PutItem"),
        ("SweepAgreementsFunction", "GetAgreementEntitlements"),
        ("AnnounceChangesFunction", "PutEvents"),
        ("ServeSellerApiFunction", "Query"),
        ("DrainUsageFunction", "PutItem"),
        ("ReconcileUsageFunction", "Query"),
    ],
)
def test_a_start_is_one_whose_function_did_its_work(
    aws: CannedAws, function: str, operation: str
) -> None:
    measured = start(function, built(OURS, BUILT), aws)

    assert operation in measured.operations
    assert measured.modules > 0
    assert measured.imported > 0
    assert measured.called > 0


def test_a_start_that_comes_to_nothing_is_not_measured(aws: CannedAws, tmp_path: Path) -> None:
    idle = tmp_path / "DrainUsageFunction"
    idle.mkdir()
    (idle / "app.py").write_text("lambda_handler = lambda event, context: {}\n")
    arrangement = replace(built(OURS, BUILT), handlers={"DrainUsageFunction": idle})

    with pytest.raises(ValueError, match="DrainUsageFunction, ours"):
        start("DrainUsageFunction", arrangement, aws)


def test_each_way_is_told_as_a_multiple_of_ours(aws: CannedAws) -> None:
    ours = start("RegisterCustomerFunction", built(OURS, BUILT), aws)
    slower = replace(ours, imported=ours.imported * 3)
    table = table_of(
        {
            ("RegisterCustomerFunction", OURS): [slower, ours],
            ("RegisterCustomerFunction", "other"): [slower],
        }
    )

    assert [*table.columns[3].cells] == ["1.00", "3.00"]


def test_there_is_a_usual_way_for_each_function_with_the_versions_that_ours_have() -> None:
    usual = (REPOSITORY / "toolchain/usual.txt").read_text()
    ours = (REPOSITORY / "layers/dependencies/requirements.txt").read_text()
    locked = re.findall(r"^[\w.-]+==[\w.]+", ours, re.MULTILINE)

    assert locked
    assert [one for one in locked if one not in usual] == []
    written = {one.stem for one in (REPOSITORY / "bench/usual").glob("[a-z]*.py")}
    assert written == {SOURCES[one].name for one in EVENTS}


def test_every_function_is_measured() -> None:
    assert EVENTS.keys() == SOURCES.keys()
