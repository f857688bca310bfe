"""Track agreements: what AWS tells of them becomes facts, and an end starts a run at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterhouse.domain.strict_json import read_json
from meterhouse.domain.subscriptions.agreement_events import read_event
from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.legacy_messages import read_notification
from meterhouse.errors import StorageUnavailableError, UnreadableError
from meterhouse.ports.process import Report
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.start_run import StartRun, start_run_for

if TYPE_CHECKING:
    from meterhouse.domain.subscriptions.state import State

# EventBridge's own limit; a fact has to fit into an item of 400 KB.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
DOCUMENT_BYTES_MAX = 262_144


@dataclass(frozen=True, slots=True)
class TrackAgreements:
    """The use case; see `__call__`. `start_run` starts a reconcile run for ending subscriptions."""

    keep: KeepSubscriptions
    start_run: StartRun
    report: Report

    def __call__(self, messages: Mapping[str, str]) -> list[str]:
        """Learn from message bodies by id; return the ids of messages that SQS must keep.

        What cannot be read, or comes from where nothing is expected, is kept as well: after some
        deliveries it stands in the dead-letter queue, whole, for a person.
        """
        kept: list[str] = []
        states: list[State] = []
        for message_id, body in messages.items():
            try:
                learned = self.keep.learn(read_body(body, self.keep.products.legacy))
            except UnreadableError as error:
                self.report.count("AgreementEventsRefused")
                self.report.failure(
                    "agreement_event_refused", message_id=message_id, error=str(error)
                )
            except StorageUnavailableError as error:
                self.report.failure(
                    "agreement_event_put_off", message_id=message_id, error=str(error)
                )
            else:
                states.extend(learned.states)
                continue
            kept.append(message_id)
        start_run_for(states, self.start_run, self.report)
        return kept


def read_body(body: str, legacy_products: frozenset[str]) -> Fact:
    """Read what EventBridge or SNS put into the queue; raises UnreadableError."""
    if len(body.encode()) > DOCUMENT_BYTES_MAX:
        raise UnreadableError("fact_invalid", "it is larger than any event of AWS's")
    document = read_json(body)
    if not isinstance(document, dict):
        raise UnreadableError("fact_invalid", "it is not an object")
    if "TopicArn" in document:
        return read_notification(document, body, legacy_products)
    return read_event(document, body)
