"""What strangers send to /kojihub: hostile XML and JSON, doubtful HTTP, odd values.

Each gets a fault or a 400, and the next caller is served.
"""

import contextlib
import gzip
import json
import socket
import threading
import time
import xmlrpc.client

import koji
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.rpc.koji import encoding, load_methods, wire
from tests.rpc.conftest import client

HEAD = "<?xml version='1.0'?>\n<methodCall><methodName>%s</methodName><params>"
TAIL = "</params></methodCall>"
ECHO = (HEAD % "echo" + "<param><value>%s</value></param>" + TAIL).replace("%s", "{}")


@pytest.fixture(scope="module")
def post(served):
    def send(body, path="", **headers):
        names = {
            "Content-Type": "text/xml",
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        data = body.encode() if isinstance(body, str) else body
        return requests.post(f"{served.url}/kojihub{path}", data=data, headers=names, timeout=20)

    return send


def call(method, *values):
    params = "".join(f"<param><value>{value}</value></param>" for value in values)
    return HEAD % method + params + TAIL


@pytest.fixture(autouse=True)
def still_serving(served):
    yield
    assert client(served).getAPIVersion() == 1


# XML


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>' + call("echo", "&a;"),
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + call("echo", "&a;"),
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>' + call("echo"),
        '<!DOCTYPE x [<!ENTITY a "' + "x" * 100_000 + '">]>' + call("echo", "&a;" * 60),
        "<!DOCTYPE x ["
        + '<!ENTITY a0 "ha">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        + "]>"
        + call("echo", "&a11;"),
    ],
    ids=["entity", "file", "parameter", "quadratic", "laughs"],
)
def test_entities_are_refused(post, document):
    reply = post(document)
    assert reply.status_code == 400
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert "root:" not in reply.text


def test_xinclude_is_just_an_unknown_tag(post):
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
    assert post(call("echo", include)).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        call("echo", "x").encode("utf-16")[:-3],
        b"<?xml version='1.0' encoding='utf-7'?>" + b"+ADw-methodCall+AD4-",
        call("echo", "<string>\x00</string>"),
        call("echo", "<string>&#0;</string>"),
        call("echo", "<string>&#xD800;</string>"),
        b"<?xml version='1.0'?><methodCall><methodName>echo</methodName><params><param><value>\xc3\x28",
        call("echo", "<int>" + "9" * 4_000_000 + "</int>"),
        call("echo", "<base64>%%%</base64>") + "<",
        b"<methodCall>" * 1000,
    ],
    ids=[
        "bytes",
        "utf16-cut",
        "utf7",
        "nul",
        "nul-reference",
        "surrogate",
        "bad-utf8",
        "digits",
        "base64",
        "open",
    ],
)
def test_what_is_no_xml_rpc_is_a_400_in_plain_text(post, body):
    reply = post(body)
    assert (reply.status_code, reply.headers["Content-Type"].split(";")[0]) == (400, "text/plain")
    assert "Traceback" not in reply.text


def test_utf_16_is_xml_too(post):
    body = (call("echo", "<string>ü</string>")).replace("<?xml version='1.0'?>\n", "")
    assert "ü" in post(body.encode("utf-16")).content.decode()


def nested(depth):
    return "<array><data><value>" * depth + "<nil/>" + "</value></data></array>" * depth


@pytest.mark.parametrize("depth", [1, 64])
def test_nesting_is_taken_up_to_64(post, depth):
    assert post(call("echo", nested(depth))).status_code == 200


@pytest.mark.parametrize("depth", [66, 100, 1_000, 20_000])
def test_deeper_nesting_is_refused(post, depth):
    reply = post(call("echo", nested(depth)))
    assert (reply.status_code, reply.text) == (400, "Invalid request: nested too deeply\n")


def test_structs_are_counted_too(post):
    deep = "<struct><member><name>a</name><value>" * 100 + "1" + "</value></member></struct>" * 100
    assert post(call("echo", deep)).status_code == 400


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**4000])
def test_integers_beyond_64_bits_are_a_fault(post, number):
    reply = post(call("getTag", f"<i8>{number}</i8>"))
    with pytest.raises(xmlrpc.client.Fault, match="64 bits"):
        xmlrpc.client.loads(reply.content)


def test_too_long_is_said_before_all_is_read(served):
    body = call("echo", "x" * 5_000_000)
    reply = requests.post(f"{served.url}/kojihub", data=body, timeout=20)
    assert (reply.status_code, reply.text) == (400, "Invalid request: Request too long\n")


def test_chunks_are_counted_as_well(served):
    chunks = (b"x" * 65536 for _ in range(100))
    reply = requests.post(f"{served.url}/kojihub", data=chunks, timeout=20)
    assert (reply.status_code, reply.text) == (400, "Invalid request: Request too long\n")


# answers


def test_characters_that_xml_lacks_do_not_break_an_answer():
    (value,), _ = xmlrpc.client.loads(encoding.answer("log \x1b[31m\x00 \ud800 end"))
    assert value == "log ?[31m? ? end"


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs", "Cc"))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc<&", max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(value=_VALUES)
def test_values_travel_as_koji_would_send_them(value):
    ours, theirs = encoding.answer(value), koji.xmlrpcplus.dumps((value,), methodresponse=1).encode()
    assert xmlrpc.client.loads(ours) == xmlrpc.client.loads(theirs)


# gzip


def test_requests_and_answers_may_be_compressed(served, post):
    reply = post(gzip.compress(call("_listapi").encode()), Content_Encoding="gzip", Accept_Encoding="gzip")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(xmlrpc.client.loads(reply.content)[0][0]) > 100


def test_answers_are_plain_for_those_who_do_not_ask(post):
    assert "Content-Encoding" not in post(call("_listapi"), Accept_Encoding="identity").headers


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"x" * 50_000_000), gzip.compress(call("echo").encode())[:-9], b"plain", b"\x1f\x8b\x08"],
    ids=["bomb", "cut", "plain", "head"],
)
def test_bad_gzip_is_a_400(post, body):
    assert post(body, Content_Encoding="gzip").status_code == 400


# multiCall


def multicall(calls):
    return [{"methodName": name, "params": list(params)} for name, *params in calls]


def test_a_failing_call_does_not_undo_its_neighbours(clients):
    calls = multicall([("createTag", "kept-1"), ("createTag", "bad name!"), ("fault",), ("createTag", "kept-2")])
    first, second, third, fourth = clients.admin.callMethod("multiCall", calls)
    assert isinstance(first, list)
    assert isinstance(fourth, list)
    assert (second["faultCode"], third["faultCode"]) == (1000, 1)
    assert clients.anon.getTag("kept-1")
    assert clients.anon.getTag("kept-2")


def test_thousands_of_calls_are_answered(clients):
    answers = clients.anon.callMethod("multiCall", multicall([("getAPIVersion",)] * 10_000))
    assert answers == [[1]] * 10_000


def test_passwords_are_not_tried_in_bulk(clients):
    calls = multicall([("login", "kojiadmin", f"guess{n}") for n in range(500)])
    begun = time.monotonic()
    answers = clients.anon.callMethod("multiCall", calls)
    assert {each["faultString"] for each in answers} == {"login can't be a part of a multiCall"}
    assert time.monotonic() - begun < 5


def test_a_read_that_calls_a_write_is_a_write(clients):
    assert clients.admin.count("createTag", "counted") == 1
    assert clients.anon.getTag("counted")


@pytest.mark.parametrize("method", ["count", "filterResults", "countAndFilterResults"])
def test_calling_by_name_needs_what_the_named_call_needs(clients, method):
    with pytest.raises(koji.GenericError, match="permission required"):
        clients.user.callMethod(method, "createTag", "not-mine")
    assert clients.anon.getTag("not-mine") is None


# JSON


@pytest.fixture(scope="module")
def ask(served):
    def send(document, **headers):
        body = document if isinstance(document, (str, bytes)) else json.dumps(document)
        return requests.post(f"{served.url}/kojihub/json", data=body, headers=headers, timeout=20)

    return send


def test_json_answers_as_xml_does(ask, clients):
    assert ask({"method": "getUser", "params": ["kojiuser"]}).json()["result"] == clients.anon.getUser("kojiuser")
    named = {"method": "getUser", "params": [], "kwargs": {"userInfo": "kojiuser", "krb_princs": False}}
    assert "krb_principals" not in ask(named).json()["result"]


def test_json_has_the_same_sessions(ask, served):
    info = ask({"method": "login", "params": ["kojiuser", "userpw"]}).json()["result"]
    headers = {"Koji-Session-Id": str(info["session-id"]), "Koji-Session-Key": info["session-key"]}
    assert ask({"method": "getLoggedInUser"}, **headers).json()["result"]["name"] == "kojiuser"
    assert ask({"method": "createTag", "params": ["x"]}, **headers).json()["fault"]["code"] == 1004


def test_a_list_is_a_multicall(ask):
    answers = ask([{"method": "hello"}, {"method": "nope"}, {"method": "echo", "params": [1, None]}]).json()
    assert answers[0] == {"result": "Hello World"}
    assert answers[1]["fault"]["string"] == "Invalid method: nope"
    assert answers[2] == {"result": [1, None]}


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[1]",
        '{"method": "echo", "params": 1}',
        '{"params": []}',
        "[" * 100_000,
        '"x"',
        "null",
        b"\xff\xfe",
        '{"method": "echo", "params": ["\\ud800"]}',
        "9" * 5000,
    ],
)
def test_what_is_no_json_call_is_a_400(ask, document):
    reply = ask(document)
    assert reply.status_code == 400
    assert reply.json()["fault"]["code"] == 1000


@pytest.mark.parametrize("value", [2**63, "[" * 70 + "]" * 70])
def test_json_has_the_same_limits(ask, value):
    document = f'{{"method": "echo", "params": [{value}]}}'
    assert ask(document).json()["fault"]["code"] == 1019


# HTTP


def exchange(served, request, wait=5.0):
    """The status line that a raw request gets, and whether the connection was closed after it."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=wait) as sent:
        sent.sendall(request)
        answer = b""
        try:
            while chunk := sent.recv(65536):
                answer += chunk
        except TimeoutError:
            return answer.split(b"\r\n")[0], False
    return answer.split(b"\r\n")[0], True


_BODY = call("getAPIVersion").encode()
_LENGTH = str(len(_BODY)).encode()
_CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(_BODY), _BODY)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Length: " + _LENGTH + b"\r\nTransfer-Encoding: chunked", _CHUNKED),
        (b"Transfer-Encoding: chunked\r\nContent-Length: " + _LENGTH, _CHUNKED),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", _CHUNKED),
        (b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", _CHUNKED),
        (b"Transfer-Encoding: chunked, chunked", _CHUNKED),
        (b"Transfer-Encoding: \x0bchunked", _CHUNKED),
        (b"Content-Length: " + _LENGTH + b"\r\nContent-Length: 5", _BODY),
        (b"Content-Length: +" + _LENGTH, _BODY),
        (b"Content-Length: 0x10", _BODY),
        (b"Content-Length: -1", _BODY),
        (b"Content-Length : " + _LENGTH, _BODY),
        (b"X: y\nContent-Length: " + _LENGTH, _BODY),
        (b"X: a\r\n b\r\nContent-Length: " + _LENGTH, _BODY),
        (b"Transfer-Encoding: chunked", b"+" + _CHUNKED),
        (b"Transfer-Encoding: chunked", b"0x" + _CHUNKED),
    ],
    ids=[
        "cl-te",
        "te-cl",
        "te-te",
        "te-other",
        "te-list",
        "te-space",
        "cl-cl",
        "plus",
        "hex",
        "minus",
        "space",
        "bare-lf",
        "fold",
        "chunk-plus",
        "chunk-hex",
    ],
)
def test_a_request_without_a_sure_end_is_refused_and_the_connection_closed(served, headers, body):
    status, closed = exchange(served, b"POST /kojihub HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n" + body)
    assert b" 400 " in status
    assert closed


def test_one_chunked_request_is_fine(served):
    head = b"POST /kojihub HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert exchange(served, head + _CHUNKED) == (b"HTTP/1.1 200 OK", True)


def test_half_sent_requests_keep_nobody_waiting(served):
    lazy = []
    for _ in range(100):
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=5)
        connection.sendall(b"POST /kojihub HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<?xml")
        lazy.append(connection)
    begun = time.monotonic()
    assert client(served).getAPIVersion() == 1
    assert time.monotonic() - begun < 2
    for connection in lazy:
        connection.close()


@pytest.mark.parametrize("query", ["%00", "a" * 10_000, "session-id=1&session-key=%ff", "&".join(["a=b"] * 99), "="])
def test_odd_query_strings_are_an_auth_error(post, query):
    with pytest.raises(xmlrpc.client.Fault) as caught:
        xmlrpc.client.loads(post(call("getAPIVersion"), path=f"?{query}").content)
    assert caught.value.faultCode == 1002


@pytest.mark.parametrize(
    "headers",
    [
        {"Koji-Session-Id": "abc", "Koji-Session-Key": "x"},
        {"Koji-Session-Id": "1"},
        {"Koji-Session-Id": "9" * 30, "Koji-Session-Key": "x"},
        {"Koji-Session-Id": "1", "Koji-Session-Key": "x", "Koji-Session-Callnum": "1e3"},
        {"Koji-Session-Id": "-1", "Koji-Session-Key": ""},
        {"Koji-Session-Id": "1", "Koji-Session-Key": "\udcff".encode("utf-8", "surrogateescape")},
    ],
)
def test_odd_session_headers_are_an_auth_error(post, headers):
    with pytest.raises(xmlrpc.client.Fault) as caught:
        xmlrpc.client.loads(post(call("getAPIVersion"), **headers).content)
    assert caught.value.faultCode == 1002


# values


_ODD = [
    None,
    True,
    -1,
    2**31,
    2**63 - 1,
    -(2**63),
    1.5,
    "",
    "x" * 50_000,
    "'; DROP TABLE users; --",
    "%",
    "\\",
    "ü☃",
    [],
    [None],
    [[]],
    {},
    {"id": None},
    {"name": []},
    {"id": "x", "name": 1},
    xmlrpc.client.Binary(b"\x00\xff"),
    xmlrpc.client.DateTime("20240102T03:04:05"),
    "../../etc/passwd",
    "a\nb",
    float("nan"),
]
_FAMILY = set(range(1000, 1030))
# These raise, or stay open, by their very purpose.
_BY_PURPOSE = {"fault", "error"}
_ENDING = {"logout", "logoutChild", "sharedSession", "exclusiveSession", "disableUser", "editUser"}


def _names():
    return sorted(name for name in load_methods().methods if name not in _BY_PURPOSE)


def _fault(session, name, args, kwargs=None):
    try:
        session.callMethod(name, *args, **(kwargs or {}))
    except koji.GenericError as error:
        return error.faultCode
    except xmlrpc.client.Fault as fault:
        return fault.faultCode
    return None


@pytest.fixture(scope="module")
def judge(serve_once):
    """Sessions on a hub of their own: an admin's calls with odd values may do anything that an admin may."""
    admin = client(serve_once, "kojiadmin", timeout=60)
    builder = client(serve_once, "kojibuilder.local", timeout=60)
    builder.exclusiveSession()
    return admin, builder


@pytest.fixture(scope="module")
def serve_once(kit_state, tmp_path_factory):
    import shutil

    from appliance.app import Appliance
    from appliance.hub.state import open_hub

    state = tmp_path_factory.mktemp("odd") / "state"
    shutil.copytree(kit_state, state)
    appliance = Appliance(open_hub(state), "127.0.0.1:0", builder=False)
    appliance.start()
    yield appliance
    appliance.stop()


@pytest.mark.parametrize("name", _names())
def test_odd_values_get_a_fault_that_clients_know(judge, name):
    if name in _ENDING:
        pytest.skip("would end or lock the session that asks")
    session = judge[1] if name.startswith("host.") else judge[0]
    width = min(max(len(load_methods().methods[name].arguments), 1), 4)
    shapes = [shape for value in _ODD for shape in ([value], [value] * width, [1] * (width - 1) + [value])]
    answers = session.callMethod("multiCall", multicall([(name, *shape) for shape in shapes]))
    codes = [None if isinstance(answer, list) else answer["faultCode"] for answer in answers]
    wrong = [
        (repr(shape)[:80], answer["faultString"])
        for shape, answer, code in zip(shapes, answers, codes, strict=True)
        if code is not None and code not in _FAMILY
    ]
    assert not wrong


_WORDS = [
    "name; DROP TABLE tag",
    "1;drop",
    "name--",
    "(SELECT password FROM users)",
    "nAmE",
    "id,id,id",
    "random()",
    '"id"',
    "id DESC",
    "-id,--name",
    "",
    ",",
    "rowid",
    "name COLLATE NOCASE",
    "ü",
    "x" * 10_000,
]


@pytest.mark.parametrize("method", ["listTags", "listUsers", "listBuilds", "listPackages", "listTasks", "listRPMs"])
@pytest.mark.parametrize("word", _WORDS)
@pytest.mark.parametrize("option", ["order", "group"])
def test_listings_take_no_sql(judge, method, option, word):
    code = _fault(judge[0], method, [], {"queryOpts": {option: word, "limit": 1}})
    assert code is None or code in _FAMILY


@pytest.mark.parametrize("option", ["limit", "offset"])
@pytest.mark.parametrize("value", ["1; drop", "x", [], {}, -1, 2**62, 1.5, True])
def test_limits_are_numbers(judge, option, value):
    code = _fault(judge[0], "listUsers", [], {"queryOpts": {option: value}})
    assert code is None or code in _FAMILY


@pytest.mark.parametrize("pattern", ["(a+)+$", "(" * 500, "[", "(?=x)" * 50, "a" * 100_000, "\\", "(?P<x>a)(?P=x)"])
@pytest.mark.parametrize("kind", ["regexp", "glob"])
def test_searches_end(judge, kind, pattern):
    begun = time.monotonic()
    code = _fault(judge[0], "search", [pattern, "user", kind])
    assert code is None or code in _FAMILY
    assert time.monotonic() - begun < 5


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300))
def test_no_bytes_stop_the_parser(body):
    with contextlib.suppress(wire.BadRequest):
        wire.parse(body)


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=200))
def test_no_text_stops_the_json_parser(text):
    with contextlib.suppress(wire.BadRequest):
        wire.parse_json(text.encode())


def test_a_stopping_hub_says_that_it_is_offline(serve):
    appliance = serve()
    session = client(appliance, "kojiuser")
    appliance.hub.bell.close()
    with pytest.raises(koji.ServerOffline):
        session.getAPIVersion()


def test_many_at_once_are_all_answered(served):
    answers = []

    def ask_often():
        session = client(served)
        answers.extend(session.getAPIVersion() for _ in range(20))

    threads = [threading.Thread(target=ask_often) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [1] * 240
