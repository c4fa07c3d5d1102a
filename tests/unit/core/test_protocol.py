from __future__ import annotations

import json

import pytest

from understudy.core import lines, protocol
from understudy.core.lines import ProtocolError
from understudy.core.protocol import EVENT_TYPES, REQUEST_TYPES

REQUESTS = [
    protocol.CaptureRequest(1, {"source": "a b/ä\udcff.mp4", "height": {"1": 1.8}}),
    protocol.SolveRequest(2, {}),
    protocol.CorrectRequest(3, {"corrections": {"locked": ["left_knee"]}}),
    protocol.CaptureRequest(4, {}, "seen.npz"),
    protocol.LookRequest(5, {"source": "a.mp4", "times": [0.5]}),
    protocol.RecordRequest(6, {"camera": "0"}),
    protocol.CancelRequest(1),
    protocol.StatusRequest(),
    protocol.ShutdownRequest(),
]
EVENTS = [
    protocol.HelloEvent(protocol.PROTOCOL, "0.1.0", 12),
    protocol.ProgressEvent(1, "landmarks", 3, None, None),
    protocol.ProgressEvent(1, "landmarks", 3, 10, 2.5),
    protocol.PreviewEvent(1, "seen.npz"),
    protocol.LogEvent("info", "line\nbreak"),
    protocol.WarningEvent(1, "no lens"),
    protocol.ResultEvent(1, "x.take.npz", {"frames": 3}),
    protocol.ErrorEvent(None, "protocol", "what", ""),
    protocol.StatusEvent(1, [2, 3]),
]


@pytest.mark.parametrize("message", REQUESTS, ids=lambda m: type(m).__name__)
def test_request_round_trip(message):
    assert lines.decode_request(lines.encode(message)) == message


@pytest.mark.parametrize("message", EVENTS, ids=lambda m: type(m).__name__)
def test_event_round_trip(message):
    assert lines.decode_event(lines.encode(message)) == message


def test_every_type_is_tried_above():
    assert {type(m) for m in REQUESTS} == set(REQUEST_TYPES.values())
    assert {type(m) for m in EVENTS} == set(EVENT_TYPES.values())


def test_a_message_is_one_ascii_line():
    line = lines.encode(REQUESTS[0])
    assert line.endswith(b"\n") and line.count(b"\n") == 1 and line.isascii()


def test_what_an_older_side_does_not_send_is_left_at_its_default():
    assert lines.decode_request(b'{"type": "capture", "job": 4, "settings": {}}') == protocol.CaptureRequest(4, {})


def test_unknown_fields_are_ignored():
    assert lines.decode_request(b'{"type": "cancel", "job": 4, "later": [1]}') == protocol.CancelRequest(4)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b"", "JSON"),
        (b"not json", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[1, 2]", "object"),
        (b'{"job": 1}', "None"),  # no type
        (b'{"type": "dance"}', "dance"),
        (b'{"type": ["cancel"], "job": 1}', "cancel"),  # a type that cannot be looked up
        (b'{"type": "hello"}', "hello"),  # an event is no request
        (b'{"type": "cancel"}', "job"),  # missing field
        (b'{"type": "cancel", "job": "1"}', "job"),
        (b'{"type": "cancel", "job": 1.0}', "job"),
        (b'{"type": "cancel", "job": true}', "job"),  # Python's bool is an int
        (b'{"type": "capture", "job": 1, "settings": []}', "settings"),
    ],
)
def test_what_is_refused(line, named):
    with pytest.raises(ProtocolError, match=named):
        lines.decode_request(line)


def test_list_items_are_checked():
    line = json.dumps({"type": "status", "running": None, "waiting": [1, "2"]}).encode()
    with pytest.raises(ProtocolError, match="waiting"):
        lines.decode_event(line)


def test_not_a_number_never_leaves():
    with pytest.raises(ValueError, match="JSON"):
        lines.encode(protocol.ProgressEvent(1, "solve", 0, 1, float("nan")))
