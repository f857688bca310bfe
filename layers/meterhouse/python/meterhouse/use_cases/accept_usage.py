"""Accept usage over HTTP: what is right is in the usage queue when the answer goes out."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from meterhouse.domain.usage.events import Rejection
from meterhouse.domain.usage.requests import UsageRequest, read_request
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.queues import UsageIntake


@dataclass(frozen=True, slots=True)
class AcceptUsage:
    """The use case; see `__call__`."""

    intake: UsageIntake
    late_max: timedelta
    clock: Clock
    report: Report

    def __call__(self, text: str) -> UsageRequest:
        """Take every event that is right, all in one message; return what became of each.

        Raises UnreadableError for a text without events, and StorageUnavailableError when nothing
        can be said to have been taken: all of it may be sent again.
        """
        request = read_request(text, now=self.clock.now(), late_max=self.late_max)
        if request.message is not None:
            self.intake.send(request.message)
        rejections = [member for member in request.members if isinstance(member, Rejection)]
        codes = Counter(fault.code for rejection in rejections for fault in rejection.faults)
        accepted = len(request.members) - len(rejections)
        self.report.count("EventsAcceptedByHttp", accepted)
        self.report.count("EventsRefusedByHttp", len(rejections))
        self.report.event(
            "usage_accepted", events=accepted, refused=len(rejections), codes=dict(codes)
        )
        return request
