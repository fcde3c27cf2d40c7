"""Frames that are no messages of graphql-transport-ws."""

DEEP = '{"type":"ping","payload":' + '{"a":' * 70 + "1" + "}" * 70 + "}"
MALFORMED = [
    "", " ", "x", "null", "true", "1", "1e400", '"ping"', "[]", "[1]", '[{"type":"ping"}]', "{", '{"type":"ping"', "{}",
    '{"type":null}', '{"type":1}', '{"type":[]}', '{"type":{}}', '{"type":"PING"}', '{"type":"start","id":"1"}',
    '{"type":"connection_terminate"}', '{"type":"connection_ack"}', '{"type":"next","id":"1"}',
    '{"type":"pi\\u0000ng"}',
    '{"type":"\\ud800"}', '{"type":"ping","payload":"\\udfff"}', '{"type":"ping","payload":1}',
    '{"type":"pong","payload":[]}', '{"type":"ping","payload":' + "9" * 400 + "}", '{"type":"ping","payload":1e400}',
    '{"type":"connection_init","payload":[]}', '{"type":"connection_init","payload":"x"}',
    '{"type":"connection_init","payload":0}',
    '{"type":"complete"}', '{"type":"complete","id":null}', '{"type":"complete","id":1}', '{"type":"complete","id":""}',
    '{"type":"complete","id":"' + "9" * 300 + '"}',
    '{"type":"subscribe"}', '{"type":"subscribe","id":"1"}', '{"type":"subscribe","id":"1","payload":null}',
    '{"type":"subscribe","id":"1","payload":[]}', '{"type":"subscribe","id":"1","payload":{}}',
    '{"type":"subscribe","id":"1","payload":{"query":null}}', '{"type":"subscribe","id":"1","payload":{"query":{}}}',
    '{"type":"subscribe","id":1,"payload":{"query":"{a}"}}', '{"type":"subscribe","payload":{"query":"{a}"}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":"x"}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{a}","extensions":1}}',
    '{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}',
    DEEP, "[" * 60_000, '{"a":' * 10_000, "[" * 30_000 + "]" * 30_000, "\ufeff{}", "NaN", '{"type":NaN}',
]  # fmt: skip
