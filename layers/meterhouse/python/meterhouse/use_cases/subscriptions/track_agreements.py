"""Track agreements: what AWS tells of them becomes facts, and an end starts a run at once.

Of what a contract holds AWS only tells that it may have changed: who asks learns the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterhouse.domain.strict_json import read_json
from meterhouse.domain.subscriptions.agreement_events import read_event
from meterhouse.domain.subscriptions.facts import Fact, Kind
from meterhouse.domain.subscriptions.legacy_messages import read_notification
from meterhouse.errors import StorageUnavailableError, UnreadableError
from meterhouse.ports.process import Report
from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements, to_ask, try_asking
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.start_run import StartRun, start_run_for

if TYPE_CHECKING:
    from meterhouse.domain.subscriptions.state import State
    from meterhouse.domain.subscriptions.subscription import Subscription

# EventBridge's own limit; a fact has to fit into an item of 400 KB.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
DOCUMENT_BYTES_MAX = 262_144
# The longest that one subscription takes: a call that AWS answers late, and the table's writes.
ASK_SECONDS_MIN = 30
# After these a contract may hold something else.
# https://docs.aws.amazon.com/marketplace/latest/userguide/saas-eventbridge-integration.html
_CHANGING = frozenset(
    {
        Kind.CREATED,
        Kind.AMENDED,
        Kind.LICENSE_UPDATED,
        Kind.SUBSCRIBE_SUCCESS,
        Kind.ENTITLEMENT_UPDATED,
    }
)


@dataclass(frozen=True, slots=True)
class TrackAgreements:
    """The use case; see `__call__`. `start_run` starts a reconcile run for ending subscriptions.

    Without `ask` AWS is not asked for entitlements.
    """

    keep: KeepSubscriptions
    start_run: StartRun
    report: Report
    ask: AskEntitlements | None = None

    def __call__(self, messages: Mapping[str, str]) -> list[str]:
        """Learn from message bodies by id; return the ids of messages that SQS must keep.

        What cannot be read, or comes from where nothing is expected, is kept as well: after some
        deliveries it stands in the dead-letter queue, whole, for a person. So is what may change a
        contract as long as AWS does not answer what it holds; its refusal changes nothing.
        """
        kept: list[str] = []
        states: list[State] = []
        changed: dict[str, tuple[State, ...]] = {}
        for message_id, body in messages.items():
            try:
                fact = read_body(body, self.keep.products.legacy)
                learned = self.keep.learn(fact)
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
                if fact.kind in _CHANGING:
                    changed[message_id] = learned.states
                continue
            kept.append(message_id)
        start_run_for(states, self.start_run, self.report)
        return kept + self._ask_for(changed)

    def _ask_for(self, changed: "Mapping[str, tuple[State, ...]]") -> list[str]:
        """Ask what contracts hold now, each once; return the messages without an answer."""
        if self.ask is None:
            return []
        now = self.keep.clock.now()
        wanted = {one: to_ask(states, now) for one, states in changed.items()}
        each = {one.key: one for found in wanted.values() for one in found}
        without = {key for key, one in each.items() if not self._has_asked(self.ask, one)}
        return [one for one, found in wanted.items() if without & {it.key for it in found}]

    def _has_asked(self, ask: AskEntitlements, subscription: "Subscription") -> bool:
        """Tell whether AWS answered or refused; what it refuses once, it refuses again."""
        if self.keep.clock.seconds_left() < ASK_SECONDS_MIN:
            return False
        trouble = try_asking(ask, subscription, self.report)
        return trouble is None or not trouble.retryable


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
