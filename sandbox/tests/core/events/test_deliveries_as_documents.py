"""Events and messages as queues, topics, buses and web addresses get them, over a real socket."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from marketplace_sandbox.core.events.messages import bus_entry, message_to, queue_body
from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from marketplace_sandbox.core.model.targets import NewTarget, Target, TargetKind, add_target
from marketplace_sandbox.delivery.transports import RefusedError, UnreachedError, send
from tests.mail import NOON_AT, QUEUE, event_of
from tests.receiver import Receiver, receiving

EVENT = event_of(7)
MESSAGE = event_of(8, "subscribe-success", channel=Channel.SNS_SUBSCRIPTION)
TOPIC = "arn:aws:sns:us-east-1:287250355862:aws-mp-subscription-notification-atlas"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def target_of(new: NewTarget, **fields: Any) -> Target:
    return add_target(replace(new, **fields), entropy=b"target")


def web(receiver: Receiver) -> Target:
    return target_of(NewTarget(TargetKind.HTTP, f"{receiver.url}/hook"))


def queue(receiver: Receiver, address: str = "http://localhost/1/queue") -> Target:
    return target_of(QUEUE, endpoint_url=receiver.url, address=address)


def bus(receiver: Receiver) -> Target:
    return target_of(
        QUEUE, kind=TargetKind.EVENTBRIDGE, endpoint_url=receiver.url, address="default"
    )


def test_an_event_is_posted_as_a_rule_of_a_bus_would_hand_it_on(receiver: Receiver) -> None:
    send(EVENT, web(receiver))
    ((headers, body),) = receiver.requests
    assert json.loads(body) == EVENT.document
    assert headers["content-type"] == "application/json"


def test_a_message_is_posted_as_a_subscription_to_its_topic_would(receiver: Receiver) -> None:
    send(MESSAGE, web(receiver))
    ((headers, body),) = receiver.requests
    envelope = json.loads(body)
    assert json.loads(envelope.pop("Message")) == MESSAGE.document
    assert envelope["Type"] == "Notification"
    assert envelope["MessageId"] == MESSAGE.event_id
    assert envelope["TopicArn"] == TOPIC
    assert envelope["Timestamp"] == "2026-11-22T12:00:00.000Z"
    assert envelope["SignatureVersion"] == "1"
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-message-id"] == MESSAGE.event_id
    assert headers["x-amz-sns-topic-arn"] == TOPIC


@pytest.mark.parametrize("event", [EVENT, MESSAGE])
def test_who_delivers_events_itself_writes_what_a_queue_gets(event: EmittedEvent) -> None:
    assert queue_body(event) == message_to(event, target_of(QUEUE)).body


def test_a_message_can_come_without_its_envelope() -> None:
    message = message_to(MESSAGE, target_of(QUEUE, is_raw=True))
    assert json.loads(message.body) == MESSAGE.document
    assert message.headers["x-amz-sns-rawdelivery"] == "true"


def test_a_message_about_entitlements_names_the_other_topic() -> None:
    event = event_of(9, "entitlement-updated", channel=Channel.SNS_ENTITLEMENT)
    envelope = json.loads(message_to(event, target_of(QUEUE)).body)
    assert envelope["TopicArn"].endswith(":aws-mp-entitlement-notification-atlas")


def test_a_queue_gets_the_whole_event_with_aws_s_own_id(receiver: Receiver) -> None:
    receiver.answer = b'{"MessageId": "1"}'
    send(EVENT, queue(receiver))
    ((headers, body),) = receiver.requests
    sent = json.loads(body)
    assert headers["x-amz-target"] == "AmazonSQS.SendMessage"
    assert sent.keys() == {"QueueUrl", "MessageBody"}
    assert json.loads(sent["MessageBody"])["id"] == EVENT.event_id


def test_a_fifo_queue_gets_its_group(receiver: Receiver) -> None:
    receiver.answer = b'{"MessageId": "1"}'
    send(EVENT, queue(receiver, "http://localhost/1/queue.fifo"))
    assert "MessageGroupId" in json.loads(receiver.requests[0][1])


def test_a_topic_gets_the_message(receiver: Receiver) -> None:
    receiver.answer = (
        b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult>"
        b"</PublishResponse>"
    )
    send(
        MESSAGE,
        target_of(QUEUE, kind=TargetKind.SNS, endpoint_url=receiver.url, address=TOPIC),
    )
    assert b"Action=Publish" in receiver.requests[0][1]


def test_a_bus_gets_source_detail_type_detail_time_and_resources(receiver: Receiver) -> None:
    receiver.answer = b'{"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}'
    send(EVENT, bus(receiver))
    (entry,) = json.loads(receiver.requests[0][1])["Entries"]
    assert entry["EventBusName"] == "default"
    assert entry["Source"] == "aws.agreement-marketplace"
    assert entry["DetailType"] == EVENT.name
    assert json.loads(entry["Detail"]) == EVENT.document["detail"]
    assert entry["Resources"] == EVENT.document["resources"]
    assert entry["Time"] == NOON_AT.timestamp()


def test_a_bus_that_refuses_aws_s_source_can_be_told_another(receiver: Receiver) -> None:
    target = replace(bus(receiver), bus_source="our.marketplace")
    assert bus_entry(EVENT, target)["Source"] == "our.marketplace"


def test_a_bus_entry_of_a_bare_event_is_still_well_formed() -> None:
    bare = replace(EVENT, document={"source": "aws.agreement-marketplace"})
    entry = bus_entry(bare, target_of(QUEUE, kind=TargetKind.EVENTBRIDGE))
    assert (entry["DetailType"], entry["Detail"], entry["Resources"]) == (EVENT.name, "{}", [])


@pytest.mark.parametrize("status", [500, 503, 522, 408, 429])
def test_a_web_address_that_is_in_trouble_may_take_it_later(
    receiver: Receiver, status: int
) -> None:
    receiver.status = status
    with pytest.raises(UnreachedError, match=str(status)):
        send(EVENT, web(receiver))


@pytest.mark.parametrize("status", [301, 400, 404, 799])
def test_a_web_address_that_says_no_will_never_take_it(receiver: Receiver, status: int) -> None:
    receiver.status = status
    with pytest.raises(RefusedError):
        send(EVENT, web(receiver))


def test_a_success_that_python_has_no_name_for_is_a_success(receiver: Receiver) -> None:
    receiver.status = 299
    send(EVENT, web(receiver))
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "answer", [b"<html>hello", b"{}", b'{"Entries": [null]}', b'{"Entries": []}']
)
def test_a_success_that_the_service_would_not_answer_is_no_delivery(
    receiver: Receiver, answer: bytes
) -> None:
    receiver.answer = answer
    for target in (bus(receiver), queue(receiver)):
        with pytest.raises(RefusedError):
            send(EVENT, target)


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (200, b"<html>hello", UnreachedError),
        (503, b"starting", UnreachedError),
        (200, b"<PublishResponse><PublishResult/></PublishResponse>", RefusedError),
    ],
)
def test_a_topic_that_says_no_id_has_not_taken_the_message(
    receiver: Receiver, status: int, answer: bytes, error: type[Exception]
) -> None:
    receiver.status, receiver.answer = status, answer
    topic = target_of(QUEUE, kind=TargetKind.SNS, endpoint_url=receiver.url, address=TOPIC)
    with pytest.raises(error):
        send(MESSAGE, topic)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.status, receiver.headers = 307, {"location": elsewhere.url}
        with pytest.raises(RefusedError, match="307"):
            send(EVENT, web(receiver))
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "QueueDoesNotExist", RefusedError),
        (400, "RequestThrottled", UnreachedError),
        (500, "InternalError", UnreachedError),
    ],
)
def test_a_queue_says_whether_another_try_is_worth_it(
    receiver: Receiver, status: int, code: str, error: type[Exception]
) -> None:
    receiver.status = status
    receiver.answer = json.dumps({"__type": code, "message": "no"}).encode()
    with pytest.raises(error, match=code):
        send(EVENT, queue(receiver))
    assert len(receiver.requests) == 1, "the client itself tries once"


@pytest.mark.parametrize(
    ("code", "error"),
    [("NotAuthorizedForSourceException", RefusedError), ("InternalFailure", UnreachedError)],
)
def test_an_entry_that_a_bus_refused_is_not_delivered(
    receiver: Receiver, code: str, error: type[Exception]
) -> None:
    entry = {"ErrorCode": code, "ErrorMessage": "no"}
    receiver.answer = json.dumps({"FailedEntryCount": 1, "Entries": [entry]}).encode()
    with pytest.raises(error, match=code):
        send(EVENT, bus(receiver))


def test_nobody_there_is_unreached(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        receiver.url = f"http://127.0.0.1:{free.getsockname()[1]}"
    for target in (web(receiver), queue(receiver), bus(receiver)):
        with pytest.raises(UnreachedError):
            send(EVENT, target)
