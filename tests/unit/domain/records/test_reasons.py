"""Reasons as they are stored: a word of ours comes back as itself, any other is AWS's."""

import pytest

from meterhouse.domain.records.reasons import (
    Reason,
    answered_with,
    is_refusal,
    outlasts_trouble,
    read_why,
    refused_with,
)


@pytest.mark.parametrize("reason", Reason)
def test_a_word_of_ours_comes_back_as_itself(reason: Reason) -> None:
    assert read_why(str(reason)) is reason


@pytest.mark.parametrize(
    "reason", [refused_with("NewException"), answered_with("New"), "InvalidLicenseException"]
)
def test_a_word_of_awss_comes_back_as_it_was(reason: str) -> None:
    found = read_why(reason)

    assert found == reason
    assert not isinstance(found, Reason)


def test_no_reason_stays_none() -> None:
    assert read_why(None) is None


def test_only_what_aws_refused_is_a_refusal() -> None:
    ours = {reason for reason in Reason if is_refusal(reason)}

    assert ours == {Reason.NOT_SUBSCRIBED}
    assert is_refusal(refused_with("NewException"))
    assert not is_refusal(answered_with("New"))
    assert not is_refusal(None)


def test_what_somebody_said_of_a_record_outlasts_our_own_trouble() -> None:
    ours = {reason for reason in Reason if outlasts_trouble(reason)}

    assert ours == {Reason.NOT_SUBSCRIBED, Reason.REDRIVEN}
    assert outlasts_trouble(refused_with("NewException"))
    assert not outlasts_trouble(None)
