"""`meterhouse console` beside the deployed local stack: every section, as its operator opens it."""

import httpx
import pytest
from loopback_console.testing.visiting import Page

from operations.console.routes import PAGES
from tests.e2e.running_stack import RunningStack
from tests.integration.operations.console.test_command import started

pytestmark = pytest.mark.stack

SECONDS_MAX = 60


def test_every_section_is_shown_and_what_is_not_measured_is_said(stack: RunningStack) -> None:
    with started("--directory", str(stack.directory)) as (_, line, url):
        sections = {
            one.label: httpx.get(url + one.path, trust_env=False, timeout=SECONDS_MAX)
            for one in PAGES
            if one.label
        }

    assert "(it only looks)" in line
    assert {label: one.status_code for label, one in sections.items()} == dict.fromkeys(
        sections, 200
    )
    overview = Page(sections["Overview"].text).text
    assert "Alarms none on a local stack" in overview
    assert "not known" not in overview
    assert "cannot be read" not in Page(sections["Status"].text).text
