"""What python-telegram-bot promises of its own HTTP class, kept by ours: each promise on a real socket."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qs

import pytest
from telegram import Bot, InputFile, InputMediaDocument
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.delivery.outcome import Unsent, Unsure, judge
from bot.delivery.request import AiohttpRequest, FloodError
from bot.delivery.upload import WriteTimeoutError
from tests.delivery.raw_server import answer, listening, read_request

Seen = list[tuple[str, dict[str, str], bytes]]


def writing_down(seen: Seen, reply: bytes | None = None) -> Callable[..., Any]:
    """A handler that answers every request on a connection and keeps what it was asked."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen.append(await read_request(reader))
            writer.write(answer() if reply is None else reply)
            await writer.drain()

    return handle


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., AiohttpRequest]]:
    """Makes requests that are closed when the test ends."""
    made: list[AiohttpRequest] = []

    def build(**arguments: Any) -> AiohttpRequest:
        made.append(AiohttpRequest(**arguments))
        return made[-1]

    yield build
    for request in made:
        await request.shutdown()


Make = Callable[..., AiohttpRequest]


def bot_at(url: str, request: AiohttpRequest) -> Bot:
    return Bot(
        "1:x", base_url=f"{url}/bot", base_file_url=f"{url}/file/bot", request=request, get_updates_request=request
    )


async def test_parameters_arrive_as_a_form_and_text_stays_what_it_was(make: Make) -> None:
    seen: Seen = []
    text = "100 % für „Ä & B“ = 💉\n+1"
    async with listening(writing_down(seen, answer(b'{"ok":true,"result":true}'))) as url:
        bot = bot_at(url, make())
        await bot.send_chat_action(7, text)
        await bot.set_my_commands([("help", text)])
    line, headers, body = seen[0]
    assert line == "POST /bot1:x/sendChatAction HTTP/1.1"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["user-agent"] == AiohttpRequest.USER_AGENT
    assert parse_qs(body.decode()) == {"chat_id": ["7"], "action": [text]}
    assert json.loads(parse_qs(seen[1][2].decode())["commands"][0]) == [{"command": "help", "description": text}]


async def test_a_very_long_text_is_a_form_too(make: Make) -> None:
    seen: Seen = []
    text = "wörter & " * 20_000
    async with listening(writing_down(seen, answer(b'{"ok":true,"result":true}'))) as url:
        await make().post(f"{url}/bot1:x/sendMessage", _data(chat_id=7, text=text))
    _, headers, body = seen[0]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert int(headers["content-length"]) == len(body)
    assert parse_qs(body.decode())["text"] == [text]


async def test_connections_are_kept_and_used_again(make: Make) -> None:
    connections = 0
    seen: Seen = []

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await writing_down(seen)(reader, writer)

    async with listening(count) as url:
        request = make()
        for _ in range(5):
            await request.post(f"{url}/bot1:x/getMe")
    assert (connections, len(seen)) == (1, 5)


async def test_no_more_connections_than_asked_for(make: Make) -> None:
    at_once = most = 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        while True:
            await read_request(reader)
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.02)
            at_once -= 1
            writer.write(answer())
            await writer.drain()

    async with listening(slow) as url:
        request = make(connection_pool_size=3, pool_timeout=None)
        await asyncio.gather(*(request.post(f"{url}/bot1:x/getMe") for _ in range(12)))
    assert most == 3


async def test_a_place_in_the_pool_is_given_back_whatever_happened(make: Make) -> None:
    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)

    async with listening(drop) as url:
        request = make(connection_pool_size=1)
        for _ in range(3):
            with pytest.raises(NetworkError):
                await request.post(f"{url}/bot1:x/getMe")
        cancelled = asyncio.create_task(request.post(f"{url}/bot1:x/getMe"))
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        with pytest.raises(NetworkError):
            await request.post(f"{url}/bot1:x/getMe")


@pytest.mark.parametrize("times", [1, 2])
async def test_after_shutdown_it_says_so_and_initialize_revives_it(times: int, make: Make) -> None:
    seen: Seen = []
    async with listening(writing_down(seen)) as url:
        request = make()
        await request.initialize()
        await request.post(f"{url}/bot1:x/getMe")
        for _ in range(times):
            await request.shutdown()
        with pytest.raises(RuntimeError, match="not initialized"):
            await request.do_request(f"{url}/bot1:x/getMe", "POST")
        for _ in range(times):
            await request.initialize()
        await request.post(f"{url}/bot1:x/getMe")
    assert len(seen) == 2


async def test_it_is_a_context_manager_as_theirs_is() -> None:
    seen: Seen = []
    async with listening(writing_down(seen)) as url:
        async with AiohttpRequest() as request:
            await request.post(f"{url}/bot1:x/getMe")
        with pytest.raises(RuntimeError):
            await request.do_request(f"{url}/bot1:x/getMe", "POST")


async def test_status_and_body_come_back_untouched(make: Make) -> None:
    body = b"\x00\xff not json"
    async with listening(writing_down([], answer(body, "418 I'm a teapot"))) as url:
        assert await make().do_request(f"{url}/x", "GET") == (418, body)


async def test_files_are_fetched_whole(make: Make) -> None:
    content = bytes(range(256)) * 4096
    seen: Seen = []
    async with listening(writing_down(seen, answer(content))) as url:
        assert await make().retrieve(f"{url}/file/bot1:x/photos/1.jpg") == content
    assert seen[0][0].startswith("GET /file/")


async def test_redirects_are_not_followed(make: Make) -> None:
    seen: Seen = []
    async with listening(writing_down(seen, answer(b"", "302 Found", "Location: /elsewhere"))) as url:
        with pytest.raises(NetworkError):
            await make().post(f"{url}/bot1:x/getMe")
    assert len(seen) == 1


async def test_a_call_is_never_made_twice_by_itself(make: Make) -> None:
    """A kept connection that the server has closed is where other clients try again behind the caller's back."""
    seen: Seen = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(answer())
        await writer.drain()
        seen.append(await read_request(reader))  # and hangs up without an answer

    async with listening(once) as url:
        request = make()
        await request.post(f"{url}/bot1:x/sendMessage")
        with pytest.raises(NetworkError) as caught:
            await request.post(f"{url}/bot1:x/sendMessage")
    assert isinstance(judge(caught.value), Unsure)
    assert len(seen) == 2


# -- time limits


async def test_read_timeout_of_the_class_and_of_the_call(make: Make) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            await asyncio.sleep(0.3)
            writer.write(answer())
            await writer.drain()

    async with listening(slow) as url:
        impatient = make(read_timeout=0.05)
        assert impatient.read_timeout == 0.05
        with pytest.raises(TimedOut) as caught:
            await impatient.post(f"{url}/bot1:x/getMe")
        assert isinstance(judge(caught.value), Unsure)
        assert await impatient.post(f"{url}/bot1:x/getMe", read_timeout=None) == {"message_id": 1}
        with pytest.raises(TimedOut):
            await make(read_timeout=None).post(f"{url}/bot1:x/getMe", read_timeout=0.05)


async def test_a_slow_answer_that_keeps_coming_is_waited_for(make: Make) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        for byte in answer():
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.004)

    async with listening(drip) as url:  # longer in all than the limit, which is for each piece
        assert await make(read_timeout=0.4).post(f"{url}/bot1:x/getMe") == {"message_id": 1}


async def test_a_pool_timeout_of_the_call(make: Make) -> None:
    held = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        held.set()
        await asyncio.sleep(60)

    async with listening(hold) as url:
        request = make(connection_pool_size=1, pool_timeout=None)
        first = asyncio.create_task(request.post(f"{url}/bot1:x/a"))
        await held.wait()
        with pytest.raises(TimedOut, match="Pool timeout"):
            await request.post(f"{url}/bot1:x/b", pool_timeout=0.05)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


@pytest.mark.parametrize("media", [True, False])
async def test_a_peer_that_stops_reading_ends_the_call(make: Make, media: bool) -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with listening(deaf) as url:
        large = b"x" * 30_000_000
        if media:
            bot = bot_at(url, make(media_write_timeout=0.2, read_timeout=None))
            sending: Any = bot.send_document(1, large)
        else:
            bot = bot_at(url, make(write_timeout=0.2, read_timeout=None))
            sending = bot.send_message(1, large.decode())
        with pytest.raises(TimedOut) as caught:
            async with asyncio.timeout(30):
                await sending
    cause = caught.value.__cause__
    assert cause is not None
    assert isinstance(cause.__cause__, WriteTimeoutError)
    assert isinstance(judge(caught.value), Unsure)


async def test_a_write_timeout_of_the_call_goes_before_the_class(make: Make) -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with listening(deaf) as url:
        bot = bot_at(url, make(media_write_timeout=None, read_timeout=None))
        with pytest.raises(TimedOut):
            async with asyncio.timeout(30):
                await bot.send_document(1, b"x" * 30_000_000, write_timeout=0.2)


async def test_uploading_slowly_is_not_reading_slowly(make: Make) -> None:
    """The read timeout begins when the call has been written."""

    async def slow_reader(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(12):
            await reader.read(65_536)
            await asyncio.sleep(0.05)
        while not (await reader.read(1 << 20)).endswith(b"--\r\n"):
            pass
        writer.write(answer())
        await writer.drain()

    async with listening(slow_reader) as url:
        data = _data(document=InputFile(b"x" * 20_000_000))
        assert await make(read_timeout=0.4).post(f"{url}/bot1:x/sendDocument", data) == {"message_id": 1}


# -- uploads


def parts(headers: dict[str, str], body: bytes) -> dict[str, tuple[str | None, str, bytes]]:
    """File name, type and content of each part of a multipart body."""
    message = BytesParser().parsebytes(f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body)
    found = {}
    for part in message.get_payload():
        assert not isinstance(part, str)
        name = part.get_param("name", header="content-disposition")
        found[str(name)] = (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
    return found  # type: ignore[return-value]


async def test_a_file_and_its_words_arrive(make: Make) -> None:
    seen: Seen = []
    content = bytes(range(256)) * 100
    async with listening(writing_down(seen, answer(b'{"ok":true,"result":true}'))) as url:
        document = InputFile(io.BytesIO(content), filename="plan ä.csv")
        await make().post(
            f"{url}/bot1:x/sendDocument", _data(chat_id=7, caption="Your plan, für dich", document=document)
        )
    _, headers, body = seen[0]
    assert headers["content-type"].startswith("multipart/form-data; boundary=")
    found = parts(headers, body)
    assert found["chat_id"][2] == b"7"
    assert found["caption"][2].decode() == "Your plan, für dich"
    name, kind, sent = found["document"]
    assert sent == content
    assert kind == "text/csv"
    assert name is not None
    assert name.startswith("plan")


async def test_a_file_handle_is_read_while_it_is_sent(make: Make, tmp_path: Any) -> None:
    seen: Seen = []
    path = tmp_path / "backup.bin"
    path.write_bytes(b"0123456789" * 50_000)
    async with listening(writing_down(seen, answer(b'{"ok":true,"result":true}'))) as url:
        with path.open("rb") as handle:
            data = _data(chat_id=7, document=InputFile(handle, read_file_handle=False))
            await make().post(f"{url}/bot1:x/sendDocument", data)
    assert parts(seen[0][1], seen[0][2])["document"][2] == path.read_bytes()


async def test_several_files_in_one_call(make: Make) -> None:
    seen: Seen = []
    async with listening(writing_down(seen, answer(b'{"ok":true,"result":[]}'))) as url:
        media = [InputMediaDocument(b"one", filename="1.txt"), InputMediaDocument(b"two", filename="2.txt")]
        await bot_at(url, make()).send_media_group(7, media)
    found = parts(seen[0][1], seen[0][2])
    described = json.loads(found.pop("media")[2])
    del found["chat_id"]
    assert [found[item["media"].removeprefix("attach://")][2] for item in described] == [b"one", b"two"]


def _data(**values: Any) -> RequestData:
    return RequestData([RequestParameter.from_input(name, value) for name, value in values.items()])


# -- proxies


async def test_a_proxy_gets_the_call(make: Make) -> None:
    seen: Seen = []
    async with listening(writing_down(seen)) as proxy:
        request = make(proxy=proxy.replace("http://", "http://me:secret@"))
        assert await request.post("http://telegram.example/bot1:x/getMe") == {"message_id": 1}
    line, headers, _ = seen[0]
    assert line == "POST http://telegram.example/bot1:x/getMe HTTP/1.1"
    assert headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"


async def test_the_environments_proxy_is_heeded_and_its_exceptions_too(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_proxy: Seen = []
    direct: Seen = []
    async with listening(writing_down(by_proxy)) as proxy, listening(writing_down(direct)) as url:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        request = make()
        await request.post("http://telegram.example/bot1:x/getMe")
        await request.post(f"{url}/bot1:x/getMe")
    assert (len(by_proxy), len(direct)) == (1, 1)


async def test_a_proxy_that_is_not_there_proves_that_nothing_was_sent(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        request = make(proxy=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(NetworkError) as caught:
            await request.post("http://telegram.example/bot1:x/getMe")
    assert isinstance(judge(caught.value), Unsent)


async def test_a_proxy_that_opens_no_tunnel_proves_that_nothing_was_sent(make: Make) -> None:
    async with listening(writing_down([], answer(b"", "407 Proxy Authentication Required"))) as proxy:
        with pytest.raises(NetworkError) as caught:
            await make(proxy=proxy).post("https://telegram.example/bot1:x/getMe")
    assert isinstance(judge(caught.value), Unsent)


def test_a_proxy_of_another_kind_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="socks5"):
        AiohttpRequest(proxy="socks5://127.0.0.1:9050")


# -- trouble


async def test_a_certificate_nobody_vouches_for_proves_that_nothing_was_sent(make: Make, tmp_path: Any) -> None:
    context = _own_certificate(tmp_path)
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # the server complains that its client hung up
    with pytest.raises(NetworkError) as caught:
        await make().post(f"https://127.0.0.1:{port}/bot1:x/getMe")
    server.close()
    await server.wait_closed()
    assert isinstance(judge(caught.value), Unsent)


def _own_certificate(folder: Any) -> ssl.SSLContext:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = built.sign(key, hashes.SHA256())
    pem = folder / "own.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def test_a_wrong_address_is_an_error_of_the_network(make: Make) -> None:
    with pytest.raises(NetworkError) as caught:
        await make().post("http:///bot1:x/getMe")
    assert isinstance(judge(caught.value), Unsent)


async def test_a_429_tells_how_long(make: Make) -> None:
    body = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":3}}'
    async with listening(writing_down([], answer(body, "429 Too Many Requests"))) as url:
        with pytest.raises(FloodError) as caught:
            await make().post(f"{url}/bot1:x/sendMessage")
    assert caught.value.retry_after.total_seconds() == 3


@pytest.mark.parametrize("body", [b"slow down", b"[]", b"{}", b'{"parameters":null}'])
async def test_a_429_of_somebody_else_is_no_crash(make: Make, body: bytes) -> None:
    async with listening(writing_down([], answer(body, "429 Too Many Requests"))) as url:
        with pytest.raises(TelegramError) as caught:
            await make().post(f"{url}/bot1:x/sendMessage")
    assert isinstance(judge(caught.value), Unsure)


async def test_errors_name_what_happened_and_never_the_token(make: Make) -> None:
    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)

    async with listening(drop) as url:
        with pytest.raises(NetworkError, match="aiohttp") as caught:
            await make().post(f"{url}/bot123:SECRET/sendMessage")
    assert "SECRET" not in str(caught.value)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NetworkError) as caught:
            await make().post(f"http://127.0.0.1:{taken.getsockname()[1]}/bot123:SECRET/sendMessage")
    assert "SECRET" not in str(caught.value)


def test_options_reach_the_socket() -> None:
    request = AiohttpRequest(socket_options=[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)])
    with request._socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0


async def test_it_drives_a_real_bot(make: Make) -> None:
    bad = b'{"ok":false,"error_code":400,"description":"Bad Request: message text is empty"}'
    async with listening(writing_down([], answer(bad, "400 Bad Request"))) as url:
        with pytest.raises(BadRequest, match="essage text is empty"):
            await bot_at(url, make()).send_message(1, "")
