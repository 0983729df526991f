"""The general extractor on pages of no known site: what stays, what stands apart, what goes."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sites import GENERIC, parse

PROSE = [
    f"Members in yard {n} voted on the offer that the owners made last week, and most took it."
    for n in range(8)
]
TEASER = (
    "<div><h3><a href='/s-{n}.html'>Rail depots number {n} ballot again</a></h3>"
    "<p>Drivers of depot {n} say that the new rosters leave them with four hours of sleep.</p>"
    "</div>"
)


def page(filling: str = "", *, head: str = "", around: str = "") -> bytes:
    paragraphs = "".join(f"<p>{text}</p>" for text in PROSE[:4])
    rest = "".join(f"<p>{text}</p>" for text in PROSE[4:])
    return (
        f"<title>Vote in the yards</title>{head}<div class=x><h1>Vote in the yards</h1>"
        f"<div class=y>{paragraphs}{filling}{rest}</div></div>{around}"
    ).encode()


def body_of(html: bytes) -> str:
    return parse(html, site=GENERIC).body or ""


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<ul><li>nine per cent<li>two days</ul>", "- nine per cent\n\n- two days"),
        ("<ol><li>nine per cent<li>two days</ol>", "- nine per cent\n\n- two days"),
        ("<table><tr><th>Yard<th>Votes<tr><td>North<td>412</table>", "Yard | Votes\nNorth | 412"),
        ("<h2>What was offered</h2>", "What was offered"),
        ("<blockquote><p>We asked for ten and got nine.</p></blockquote>", "We asked for ten"),
    ],
)
def test_lists_tables_and_headings_survive(markup: str, text: str) -> None:
    body = body_of(page(markup))

    assert text in body
    assert all(sentence in body for sentence in PROSE)


@pytest.mark.parametrize(
    "markup",
    [
        "<figure><img src=a.jpg><figcaption>The north yard on Monday.</figcaption></figure>",
        "<div class=wp-caption><img src=a.jpg><p>The north yard on Monday.</p></div>",
        "<table><tr><td><img src=a.jpg><tr><td class=pCaption>The north yard on Monday.</table>",
        "<table><tr><td><img src=a.jpg></td></tr><tr><td>The north yard on Monday.</table>",
        "<div><img src=a.jpg><span class=image__caption>The north yard on Monday.</span></div>",
    ],
)
def test_captions_stand_apart(markup: str) -> None:
    read = parse(page(markup), site=GENERIC)

    assert read.captions == ("The north yard on Monday.",)
    assert "north yard" not in (read.body or "")


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Read more: <a href=/s-1.html>Rail depots ballot again</a></p>",
        "<p><a href=/s-1.html><b>RAIL DEPOTS BALLOT AGAIN</b></a></p>",
        "<ul><li><a href=/1>Depots will vote again</a><li><a href=/2>Depot talks go on</a></ul>",
        TEASER.format(n=1),
        "<div><h4>The Depot Letter</h4><p>Sign up for our letter on rail depots.</p></div>",
        "<aside><p>Depots have their own rules, which this box explains at length.</p></aside>",
    ],
)
def test_other_stories_and_calls_do_not_appear_between_paragraphs(markup: str) -> None:
    body = body_of(page(markup))

    assert "depot" not in body.lower()
    assert all(sentence in body for sentence in PROSE)


def test_teasers_around_do_not_win_over_an_article_in_bare_boxes() -> None:
    soup = "".join(f"<div><div><span>{text}</span></div></div>" for text in PROSE)
    teasers = "".join(TEASER.format(n=n) for n in range(14))

    body = body_of(f"<h1>Vote</h1><div>{soup}</div><div>{teasers}</div>".encode())

    assert "depot" not in body
    assert all(sentence in body for sentence in PROSE)


def test_only_the_article_with_the_title_is_read_where_a_page_appends_another() -> None:
    own = "".join(f"<p>{text}</p>" for text in PROSE)
    other = "".join(f"<p>{text.replace('yard', 'depot')} Longer by this.</p>" for text in PROSE)

    body = body_of(
        f"<title>Vote</title><article><h1>Vote</h1>{own}</article>"
        f"<article><h1>Rail</h1>{other}</article>".encode()
    )

    assert "depot" not in body
    assert "yard 7" in body


def test_text_that_only_machines_are_told_is_read() -> None:
    text = "\\n\\n".join(PROSE)
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Vote", '
        f'"articleBody": "{text}"}}</script>'
    )

    read = parse(f"<title>Vote</title>{head}<div id=app><h1>Vote</h1></div>".encode(), site=GENERIC)

    assert read.body == "\n\n".join(PROSE)


def test_byline_and_date_above_the_text_and_lead_are_told_apart() -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in PROSE)

    read = parse(
        "<title>Vote</title><div><h1>Vote</h1><div class=dek>Owners gave in after a week.</div>"
        "<div>By Mara Finch</div><div>Published: 28 May 2026, 09:30 (GMT+7)</div>"
        f"<div class=copy>{paragraphs}</div></div>".encode(),
        site=GENERIC,
    )

    assert read.author == "Mara Finch"
    assert read.published_at is not None
    assert read.published_at.isoformat() == "2026-05-28T02:30:00+00:00"
    assert read.lead == "Owners gave in after a week."
    assert (read.body or "").startswith(PROSE[0])


def test_short_news_with_a_date_is_an_article() -> None:
    read = parse(
        f"<title>Vote</title><h1>Vote</h1><div>28/05/2026 09:30</div><p>{PROSE[0]}</p>".encode(),
        url="https://e.org/vote-in-the-yards",
        site=GENERIC,
    )

    assert read.kind.value == "article"


@pytest.mark.parametrize(
    "sentence",
    [
        "Advertisement spending in the yards rose by nine per cent.",
        "Loading docks were closed, and so were both gates.",
        "More than 400 firms subscribe to the code that the union wrote.",
        "Theo Bộ luật Lao động, người lao động được nghỉ 12 ngày.",
        "Theo dõi tình hình tại các khu công nghiệp, công đoàn đã cử ba tổ.",
        "Bình luận về việc này, bà Nguyễn Thị Mơ nói quỹ còn 90 triệu đồng.",
        "This video shows how the gate was closed.",
    ],
)
def test_prose_that_begins_like_a_call_is_text(sentence: str) -> None:
    assert sentence in body_of(page(f"<p>{sentence}</p>"))
    prose = "".join(f"<p>{text}</p>" for text in PROSE)
    assert body_of(f"<h1>Vote</h1><div><p>{sentence}</p>{prose}</div>".encode()).startswith(
        sentence
    )


def test_a_list_of_things_with_linked_names_is_read() -> None:
    things = "".join(
        f"<div><h3><a href='/tool-{n}'>The long tool of yard {n}</a></h3>"
        f"<p>Tool {n} was made by members in their own time, and it saves them an hour or two.</p>"
        "</div>"
        for n in range(9)
    )
    intro = "".join(f"<p>{text}</p>" for text in PROSE[:4])

    body = body_of(f"<title>T</title><article><h1>T</h1>{intro}{things}</article>".encode())

    assert all(f"Tool {n} was made" in body for n in range(9))
    assert "The long tool of yard 3" in body


def test_a_gallery_is_read_from_below_its_pictures() -> None:
    pictures = "".join(
        f"<figure><img src={n}.jpg><figcaption>{text}</figcaption></figure>"
        for n, text in enumerate(PROSE)
    )

    body = body_of(f"<title>T</title><main><h1>T</h1><p>Eight yards.</p>{pictures}</main>".encode())

    assert "yard 5 voted" in body


def test_decomposed_letters_are_found_again() -> None:
    texts = [f"Công đoàn xưởng {n} tặng đoàn viên khó khăn ba trăm suất quà Tết và vé xe về quê."
             for n in range(5)]  # fmt: skip
    markup = "".join(f"<p>{text}</p>" for text in texts)
    html = f"<title>T</title><article><h1>T</h1>{markup}<p>Read more: <a href=/x>Xưởng khác</a></p>"

    body = body_of(unicodedata.normalize("NFD", html).encode())

    assert body == "\n\n".join(texts)


TAGS = ["div", "p", "article", "table", "tr", "td", "li", "ul", "h2", "a href=/x-12345.html",
        "figure", "figcaption", "aside", "span class=author", "br", "section", "script",
        "b"]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([f"<{tag}>" for tag in TAGS]),
            st.sampled_from([f"</{tag.split()[0]}>" for tag in TAGS]),
            st.sampled_from(PROSE),
            st.text(max_size=20),
        ),
        max_size=60,
    )
)
def test_any_markup_is_read_without_failing(pieces: list[str]) -> None:
    parse("".join(pieces).encode("utf-8", "replace"), url="https://e.org/a-b-c-d", site=GENERIC)
