"""The network door: what it waits for, what it retries, and where the token never goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler

import pytest

from headgate import __version__, http
from headgate.errors import HubError, UsageError
from tests.listener import Listener, send

TOKEN = "hf_kept0secret0of0the0test"
Reply = Callable[[BaseHTTPRequestHandler], None]


class Scripted(Listener):
    """Gives the replies one after the other, the last one for ever."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__()
        self.replies = list(replies)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        (self.replies.pop(0) if len(self.replies) > 1 else self.replies[0])(request)


def says(
    status: int, data: object = None, headers: Mapping[str, str] | None = None, kind: str = "application/json",
    cut: bool = False,
) -> Reply:  # fmt: skip
    return lambda request: send(request, status, data, headers, kind, cut)


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_MAX_WAIT", "0")


def ask(
    server: Listener, monkeypatch: pytest.MonkeyPatch, path: str = "/api/x?cursor=c", **options: object
) -> http.Answer:
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    with http.connect("HF", "https://huggingface.co") as hub:
        return http.get(hub, path, **options)  # type: ignore[arg-type]


def test_gives_json_and_headers_and_says_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(200, [{"id": "a/b"}], {"Link": "<x>"})) as server:
        answer = ask(server, monkeypatch)
    assert answer.data == [{"id": "a/b"}]
    assert answer.headers["link"] == "<x>"
    assert [seen.path for seen in server.seen] == ["/api/x?cursor=c"]
    assert server.seen[0].headers["user-agent"] == f"headgate/{__version__}"
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize(
    "fault",
    [
        says(429, {}, {"RateLimit": '"api";r=0;t=55'}), says(500, {}), says(502, b"", kind="text/html"), says(504, {}),
        says(408, {}), says(200, b"<html>", kind="text/html"), says(200, b"[1]", kind="text/html"), says(200, b'[{"id":'), says(200, b"[1] \xff"),
        says(200, ["x" * 5000], cut=True), says(302, b"", {"Location": "http://127.0.0.1:9/x"}),
        says(302, b"", {"Location": "//elsewhere.invalid/x"}), says(302, b"", {"Location": "http://[bad/"}), says(302, b""),
        says(200, b"[" * 100_000),
    ],
)  # fmt: skip
def test_a_fault_that_passes_is_retried(fault: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(fault, fault, says(200, {"ok": True})) as server:
        assert ask(server, monkeypatch).data == {"ok": True}
        assert len(server.seen) == 3


def test_a_fault_that_stays_is_one_line_without_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(504, {})) as server, pytest.raises(HubError) as caught:
        ask(server, monkeypatch, "/api/x?token=private")
    assert str(caught.value) == (
        f"GET {server.url}/api/x answered 504, 8 times. Run the same command later: it goes on from here."
    )
    assert len(server.seen) == http.TRIES


@pytest.mark.parametrize(
    ("status", "todo"), [(401, "HF_TOKEN"), (403, "HF_TOKEN"), (404, "HF_ENDPOINT"), (400, "filters"), (204, "filters")]
)
def test_a_refusal_is_not_retried(status: int, todo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        Scripted(says(status, b"", {"X-Error-Message": "no\x1b[31m"})) as server,
        pytest.raises(HubError, match=todo) as caught,
    ):
        ask(server, monkeypatch)
    assert len(server.seen) == 1
    assert "\x1b" not in str(caught.value)
    assert f"answered {status}" in str(caught.value)


def test_absent_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(404, {"error": "no"})) as server:
        assert ask(server, monkeypatch, absent=(404,)).data is None


def test_a_body_over_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST_BODY", 2**20)
    with Scripted(says(200, ["x" * 2**20])) as server, pytest.raises(HubError, match=r"more than 1 MB.*--page-size"):
        ask(server, monkeypatch)
    assert len(server.seen) == 1


def test_an_unreachable_hub_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener() as server:
        pass
    with pytest.raises(HubError, match=r"could not be reached \(ConnectError\), 8 times"):
        ask(server, monkeypatch)


def test_waits_before_the_next_request_when_none_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_MAX_WAIT", "0.4")
    with Scripted(says(200, [], {"RateLimit": '"api";r=0;t=55'}), says(200, [])) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        with http.connect("HF", "") as hub:
            begun = time.monotonic()
            http.get(hub, "/1")
            assert time.monotonic() - begun < 0.3
            http.get(hub, "/2")
            assert 0.39 < time.monotonic() - begun < 2
            http.get(hub, "/3")
            assert time.monotonic() - begun < 2.5


def test_says_on_stderr_that_it_waits(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HEADGATE_MAX_WAIT", "40")
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with Scripted(says(200, [], {"RateLimit": '"api";r=0;t=55'}), says(200, [])) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        with http.connect("HF", "") as hub:
            http.get(hub, "/1")
            http.get(hub, "/2")
    assert slept == [40.0]
    assert "127.0.0.1: waiting 40 s, as the hub asks" in capsys.readouterr().err


def test_follows_a_redirect_within_the_origin_with_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with Scripted(says(307, b"", {"Location": "/api/new?a=1"}), says(200, {"new": 1})) as server:
        assert ask(server, monkeypatch).data == {"new": 1}
        assert [seen.path for seen in server.seen] == ["/api/x?cursor=c", "/api/new?a=1"]
        assert [seen.headers["authorization"] for seen in server.seen] == [f"Bearer {TOKEN}"] * 2


def test_redirects_in_a_circle_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(302, b"", {"Location": "/api/x"})) as server, pytest.raises(HubError, match="in a circle"):
        ask(server, monkeypatch)
    assert len(server.seen) == http.TRIES * 4


@pytest.mark.parametrize(
    "form", ["{other}/x", "//{host}/x", "http://user@{host}/x", "https://{own}/x", "ftp://{own}/x"]
)
def test_the_token_never_reaches_another_host(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with Listener() as other, Listener() as decoy:
        host = other.url.removeprefix("http://")
        with Scripted(lambda r: send(r, 302, b"", {"Location": target})) as server:
            target = form.format(other=other.url, host=host, own=server.url.removeprefix("http://"))
            with pytest.raises(HubError, match="another host") as caught:
                ask(server, monkeypatch)
    assert other.seen == decoy.seen == []
    printed = capsys.readouterr()
    assert TOKEN not in str(caught.value) + repr(caught.value) + printed.out + printed.err


def test_a_hub_that_echoes_the_token_does_not_bring_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with Scripted(says(200, {"you": f"Bearer {TOKEN}"}, {"Link": f"</x?t={TOKEN}>"})) as server:
        answer = ask(server, monkeypatch)
    assert answer.data == {"you": "Bearer ***"}
    assert TOKEN not in str(answer)


def test_an_open_hub_shows_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with http.connect("HF", "https://huggingface.co") as hub:
        assert hub.token == TOKEN
        assert TOKEN not in repr(hub)


def test_a_mirror_may_lie_under_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(200, [])) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"{server.url}/hf/")
        with http.connect("HF", "") as hub:
            http.get(hub, "/api/models?limit=1")
    assert server.seen[0].path == "/hf/api/models?limit=1"


@pytest.mark.parametrize("text", ["-1", "nan", "soon", "1e9"])
def test_max_wait_is_a_number_of_seconds(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADGATE_MAX_WAIT", text)
    with Scripted(says(200, [])) as server, pytest.raises(UsageError, match="HEADGATE_MAX_WAIT"):
        ask(server, monkeypatch)


def drips(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    for _ in range(100):
        request.wfile.write(b"X-More: x\r\n")
        request.wfile.flush()
        time.sleep(0.05)


def test_headers_that_drip_for_ever_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_SLOWEST", 0.3)
    begun = time.monotonic()
    with Scripted(drips, drips, says(200, {"ok": True})) as server:
        assert ask(server, monkeypatch).data == {"ok": True}
    assert 0.6 < time.monotonic() - begun < 3
    assert len(server.seen) == 3


def test_a_hub_that_only_ever_drips_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_SLOWEST", 0.2)
    with Scripted(drips) as server, pytest.raises(http.Unanswered, match="took more than 0 s to answer, 8 times"):
        ask(server, monkeypatch)


@pytest.mark.parametrize("location", ["/\x7f\x01 [::", "/" + "a" * 70_000, "http://[::1", "/x?\x7f"])
def test_a_redirect_to_no_address_is_a_fault(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(302, b"", {"Location": location}), says(200, [7])) as server:
        assert ask(server, monkeypatch).data == [7]


def test_an_address_that_is_too_long_is_one_line_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(200, [])) as server, pytest.raises(HubError, match="too long or damaged") as caught:
        ask(server, monkeypatch, "/api/x?c=" + "a" * 80_000)
    assert len(str(caught.value)) < 300
    assert server.seen == []


@pytest.mark.parametrize(
    "reply",
    [
        says(500, {}), says(400, {}, {"X-Error-Message": "no a/quenilda"}), says(418, {}), says(200, b"<", kind="text/html"),
        says(302, b"", {"Location": "http://127.0.0.1:9/a/quenilda"}), says(429, {}), says(200, ["x" * 5000], cut=True),
    ],
)  # fmt: skip
def test_the_path_of_a_single_record_is_never_said(
    reply: Reply, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Scripted(reply) as server, pytest.raises(HubError) as caught:
        ask(server, monkeypatch, "/api/models/a/quenilda?blobs=true", named="/api/models/...")
    printed = capsys.readouterr()
    assert f"GET {server.url}/api/models/... " in str(caught.value)
    assert "quenilda" not in str(caught.value) + printed.out + printed.err


def test_what_is_wrong_with_the_whole_hub_is_told_from_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    for reply, one in ((says(500, {}), True), (says(418, {}), True), (says(429, {}), False)):
        with Scripted(reply) as server, pytest.raises(HubError) as caught:
            ask(server, monkeypatch)
        assert isinstance(caught.value, http.Unanswered) == one
    with pytest.raises(HubError) as caught:
        ask(server, monkeypatch)  # it is gone
    assert not isinstance(caught.value, http.Unanswered)


def test_a_byte_order_mark_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(200, b"\xef\xbb\xbf[1]")) as server:
        assert ask(server, monkeypatch).data == [1]
    assert len(server.seen) == 1


@pytest.mark.parametrize("proxy", ["foo://user:PASSWD@127.0.0.1:1", "http://user:PASSWD@127.0.0.1:notaport"])
def test_a_proxy_that_cannot_be_used_is_one_line(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(UsageError, match="HTTP_PROXY") as caught, http.connect("HF", "https://huggingface.co"):
        pass
    assert "PASSWD" not in str(caught.value)


def test_a_text_is_cut_and_needs_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST_BODY", 2**20)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    sent = f"\ufeff\u00e4 {TOKEN} ".encode() + b"x" * 2**20 + b"\xff" * 2**20
    pages = [says(200, b"<html>", kind="text/html"), says(200, sent, kind="text/plain", cut=True)]
    with Scripted(*pages, says(200, sent, kind="text/plain; charset=utf-8")) as server:
        answer = ask(server, monkeypatch, text=1000)
    assert answer.data == "\u00e4 *** " + "x" * 994
    assert len(server.seen) == 2  # what is cut off later than is read is no fault
    assert server.seen[0].headers["accept"].startswith("text/plain")


def test_a_text_cut_off_before_its_bound_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [says(200, b"x" * 500, kind="text/plain", cut=True), says(200, b"y" * 500 + b"\xff", kind="text/plain")]
    with Scripted(*pages) as server:
        answer = ask(server, monkeypatch, text=1000)
    assert answer.data == "y" * 500 + "\ufffd"


def test_a_text_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted(says(404, b"no", kind="text/plain")) as server:
        assert ask(server, monkeypatch, absent=(404,), text=10).data is None


def posted(server: Listener, key: str | None = None) -> http.Answer:
    hub = http.at(server.url + "/v1", key, names=("its url", "MY_KEY"), patience=5)
    with hub.client:
        return http.post(hub, "/ask", {"text": "\ud800 é"})


def test_a_post_carries_json_and_the_key_and_is_tried_again() -> None:
    with Scripted(
        says(429, {}, {"Retry-After": "3"}), says(500, {}), says(200, b'{"a"'), says(200, {"a": 1})
    ) as server:
        assert posted(server, TOKEN).data == {"a": 1}
    assert [seen.path for seen in server.seen] == ["/v1/ask"] * 4
    assert {seen.body for seen in server.seen} == {b'{"text": "\\ud800 \\u00e9"}'}
    assert {seen.headers["content-type"] for seen in server.seen} == {"application/json"}
    assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {TOKEN}"}


def test_a_post_is_not_redirected() -> None:
    with Scripted(says(307, b"", {"Location": "/elsewhere"})) as server, pytest.raises(http.Unanswered) as caught:
        posted(server)
    assert str(caught.value) == f"POST {server.url}/v1/ask answered 307. Check its url."
    assert len(server.seen) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, http.Forbidden), (403, http.Forbidden), (404, http.Forbidden), (400, http.Unanswered)])  # fmt: skip
def test_a_post_that_is_refused_is_not_tried_again(status: int, kind: type[Exception]) -> None:
    with (
        Scripted(says(status, {"error": TOKEN}, {"X-Error-Message": f"bad {TOKEN}"})) as server,
        pytest.raises(kind) as caught,
    ):
        posted(server, TOKEN)
    assert TOKEN not in str(caught.value)
    assert len(server.seen) == 1
    assert isinstance(caught.value, http.Forbidden) == (status != 400)


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(UsageError, match="its url is no plain http"):
        http.at("ftp://x", None, names=("its url", "K"), patience=1)
