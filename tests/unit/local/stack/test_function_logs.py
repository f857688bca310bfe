from typing import TYPE_CHECKING, Any, cast

import pytest

from local.stack.function_logs import read_function_logs

if TYPE_CHECKING:
    from local.stack.aws_clients import AwsAccess


class _Logs:
    """Two groups of three pages each."""

    def describe_log_groups(self) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": "/x/DrainUsageLogGroup"}, {"logGroupName": "b"}]}

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        page = int(request.get("nextToken", "0"))
        event = {"timestamp": 1_000 * page, "message": f"page {page}\n"}
        following = {"nextToken": str(page + 1)} if page < 2 else {}
        return {"events": [event], **following}


class _Access:
    def client(self, service: str) -> _Logs:
        assert service == "logs"
        return _Logs()


@pytest.mark.parametrize(("seconds_max", "pages"), [(60.0, [0, 0, 1, 1, 2, 2]), (-1.0, [0, 0])])
def test_each_group_gives_at_least_its_first_page_and_all_of_them_in_time(
    seconds_max: float, pages: list[int]
) -> None:
    lines = read_function_logs(cast("AwsAccess", _Access()), seconds_max=seconds_max)
    assert [line.text for line in lines] == [f"page {page}" for page in pages]
    assert {line.function for line in lines} == {"DrainUsage", "b"}
