"""Telegram's HTML: read like Telegram, refused like Telegram, and nothing else ever."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sandbox.errors import ApiError
from bot.sandbox.formatted import outgoing, split_as_a_client, tidy
from bot.sandbox.html_text import parse_html, units

Entity = dict[str, Any]
SIMPLE = {"b": "bold", "i": "italic", "u": "underline", "s": "strikethrough", "code": "code", "tg-spoiler": "spoiler"}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("a &lt;b&gt; &amp; &quot;c&quot;", 'a <b> & "c"', []),
        ("&nbsp; &copy; & x", "&nbsp; &copy; & x", []),
        ("&#65;&#x42; &#0; &#99999999999;", "AB &#0; &#99999999999;", []),
        ("&lt", "<", []),
        ("<b>x</b>", "x", [{"type": "bold", "offset": 0, "length": 1}]),
        ("<B>x</b>", "x", [{"type": "bold", "offset": 0, "length": 1}]),
        ("<b>x</>", "x", [{"type": "bold", "offset": 0, "length": 1}]),
        ("💉<b>👍</b>", "💉👍", [{"type": "bold", "offset": 2, "length": 2}]),
        ("<b></b>x", "x", []),
        (
            "<b>a<i>b</i></b>",
            "ab",
            [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 1}],
        ),
        (
            '<a href="https://e.org/?a=1&amp;b=2">x</a>',
            "x",
            [{"type": "text_link", "offset": 0, "length": 1, "url": "https://e.org/?a=1&b=2"}],
        ),
        ("<a>https://e.org</a>", "https://e.org", [{"type": "text_link", "url": "https://e.org"}]),
        ("<a href='javascript:alert(1)'>x</a>", "x", []),
        ("<a href='tg://user?id=7'>x</a>", "x", [{"type": "text_mention"}]),
        ('<pre><code class="language-py">x</code></pre>', "x", [{"type": "pre", "language": "py"}]),
        ('<code class="language-py"><pre>x</pre></code>', "x", [{"type": "pre", "language": "py"}]),
        ("<span class='tg-spoiler'>x</span>", "x", [{"type": "spoiler"}]),
        ("<blockquote expandable>x</blockquote>", "x", [{"type": "expandable_blockquote"}]),
        ("<tg-emoji emoji-id='5'>👍</tg-emoji>", "👍", [{"type": "custom_emoji", "custom_emoji_id": "5"}]),
    ],
)
def test_what_telegram_shows(source: str, text: str, entities: list[Entity]) -> None:
    shown, found = parse_html(source)
    assert shown == text
    assert len(found) == len(entities)
    for entity, wanted in zip(found, entities, strict=True):
        assert wanted.items() <= entity.items()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("é<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=x$>y</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<tg-emoji emoji-id='x'>👍</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_what_telegram_refuses(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


SCRAPS = st.sampled_from(
    ["<", ">", "</", "&", ";", "&lt;", "&#", "&#x", "<b>", "</b>", "<a href=", "</a>", "<pre>", "</pre>", '"', "'", "=",
     " ", "<code class='language-x'>", "</code>", "<blockquote", "</blockquote>", "<span class=tg-spoiler>", "</span>",
     "/", "b", "\0", "\ud83d", "💉", "\r", "\u202e", "55357", "9" * 5000, "<tg-emoji emoji-id='1'>", "</tg-emoji>", "é"]
)  # fmt: skip


@given(st.lists(st.one_of(SCRAPS, st.text(max_size=8)), max_size=30).map("".join))
@example("&#" + "9" * 5000 + ";")
@example("<tg-emoji emoji-id='" + "9" * 5000 + "'>x</tg-emoji>")
@example("<tg-emoji emoji-id='²'>x</tg-emoji>")
def test_any_text_is_sent_or_refused_in_telegrams_words(source: str) -> None:
    try:
        formatted = outgoing(source, "HTML", None, limit=4096, caption=False)
    except ApiError as error:
        refusal = error
        formatted = None
    if formatted is None:
        assert refusal.code == 400
        assert refusal.description.startswith("Bad Request: ")
        return
    total = units(formatted.text)
    assert 0 < total <= 4096
    for entity in formatted.entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= total


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    shown, entities = parse_html(html.escape(text, quote=False))
    assert shown == text.replace("\0", " ") or "<" not in html.escape(text, quote=False)
    assert entities == []


Node = str | tuple[str, list[Any]]
NODES = st.recursive(
    st.text(alphabet="ab 💉é", min_size=1, max_size=4),
    lambda inside: st.tuples(st.sampled_from(sorted(SIMPLE)), st.lists(inside, min_size=1, max_size=3)),
    max_leaves=12,
)


@given(st.lists(NODES, max_size=4))
def test_nested_tags_give_the_entities_of_the_tree(nodes: list[Node]) -> None:
    """Against an obvious reference: walk the tree and count UTF-16 units by encoding."""
    text = ""
    expected: list[tuple[str, int, int]] = []

    def width(part: str) -> int:
        return len(part.encode("utf-16-le")) // 2

    def walk(node: Node) -> str:
        nonlocal text
        if isinstance(node, str):
            text += node
            return node
        tag, children = node
        begin = width(text)
        source = f"<{tag}>" + "".join(walk(child) for child in children) + f"</{tag}>"
        expected.append((SIMPLE[tag], begin, width(text) - begin))
        return source

    source = "".join(walk(node) for node in nodes)
    shown, entities = parse_html(source)
    assert shown == text
    assert sorted((entity["type"], entity["offset"], entity["length"]) for entity in entities) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("/start", ["bot_command"]),
        ("/start@b12_companion_bot now", ["bot_command"]),
        ("and/or 1/2 </start>", []),
        ("see nhs.uk or https://www.nhs.uk/x?y=1.", ["url", "url"]),
        ("a@b.org @nurse #b12 #12", ["email", "mention", "hashtag"]),
        ("call +44 20 7946 0958", ["phone_number"]),
        ("1000 mcg, 1.5 ml", []),
    ],
)
def test_commands_and_links_are_found(text: str, kinds: list[str]) -> None:
    assert [entity["type"] for entity in tidy(text, []).entities] == kinds


def test_what_is_cleaned_away_moves_the_entities() -> None:
    formatted = outgoing(" \n\u202eA\r<b>B\u202eC</b>  \n", "html", None, limit=4096, caption=False)
    assert formatted.text == "ABC"
    assert formatted.entities == [{"type": "bold", "offset": 1, "length": 2}]


@given(st.text(alphabet=st.sampled_from("ab \n💉é"), max_size=400), st.integers(2, 50))
def test_a_client_loses_no_word_when_it_cuts(text: str, limit: int) -> None:
    pieces = split_as_a_client(text, limit)
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
