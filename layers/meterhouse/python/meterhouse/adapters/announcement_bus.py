"""The bus of the stack, on EventBridge."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.ports.announcements import Announcement
from meterhouse.ports.process import Report

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "meterhouse"


class EventBridgeBus:
    """Implements `ports.announcements.AnnouncementBus` on EventBridge."""

    def __init__(self, client: "EventBridgeClient", bus_name: str, report: Report) -> None:
        self._client = client
        self._bus_name = bus_name
        self._report = report

    def put(self, announcements: Sequence[Announcement]) -> list[Announcement]:
        """Put announcements on the bus; see the port.

        A call that succeeds may have failed for some of its entries:
        https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
        """
        try:
            answer = self._client.put_events(Entries=[self._entry(one) for one in announcements])
        except (ClientError, BotoCoreError) as error:
            self._report.failure("events_not_put", events=len(announcements), error=str(error))
            return list(announcements)
        refused = []
        for one, entry in zip(announcements, answer["Entries"], strict=True):
            if "EventId" not in entry:
                refused.append(one)
                self._report.failure(
                    "event_not_put",
                    event=one.id,
                    code=entry.get("ErrorCode"),
                    error=entry.get("ErrorMessage"),
                )
        return refused

    def _entry(self, one: Announcement) -> "PutEventsRequestEntryTypeDef":
        return {
            "EventBusName": self._bus_name,
            "Source": SOURCE,
            "DetailType": one.detail_type,
            "Detail": json.dumps(one.detail),
            # An archive is replayed by this time.
            "Time": one.change.changed_at,
        }
