import pytest

from local.stack.aws_clients import AwsAccess, AwsAccount


def test_a_profile_that_the_users_shell_names_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of another account")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "of another account")
    monkeypatch.setenv("AWS_CONFIG_FILE", "absent")
    with AwsAccess(AwsAccount("http://127.0.0.1:9", "us-local-1", "key", "secret")) as aws:
        assert aws.sqs().meta.endpoint_url == "http://127.0.0.1:9"
