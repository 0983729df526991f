"""What publishers ask of those who come again."""

from datetime import UTC, datetime

import pytest

from crawler.domain.wishes import Wishes, read_feed_wishes, read_max_age, read_retry_after

SENT = "Thu, 28 May 2026 03:08:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache_control": "max-age=600"}, 600),
        ({"cache_control": 'private,Max-Age="60"'}, 60),
        ({"cache_control": "public, s-maxage=900"}, None),
        ({"cache_control": "s-maxage=900, max-age=30"}, 30),
        ({"cache_control": "max-age=600", "age": "590"}, 10),
        ({"cache_control": "max-age=600", "age": "6000"}, 0),
        ({"cache_control": "no-store"}, 0),
        ({"cache_control": "max-age=-1"}, None),
        ({"cache_control": "max-age=600", "expires": SENT, "date": SENT}, 600),
        ({"cache_control": None, "expires": "0", "date": SENT}, 0),
        ({"cache_control": None, "expires": "Thu, 28 May 2026 03:18:00 GMT", "date": SENT}, 600),
        ({"cache_control": None, "expires": "Thu, 28 May 2020 03:18:00 GMT", "date": SENT}, 0),
        ({"cache_control": None, "expires": SENT}, None),
        ({"cache_control": ""}, None),
    ],
)
def test_read_max_age_reads_how_long_an_answer_is_fresh(
    headers: dict[str, str | None], seconds: float | None
) -> None:
    assert read_max_age(**{"cache_control": None, **headers}) == seconds


@pytest.mark.parametrize(
    ("channel", "wishes"),
    [
        ("", Wishes()),
        ("<ttl>60</ttl>", Wishes(ttl_seconds=3_600)),
        ("<ttl> 5 </ttl>", Wishes(ttl_seconds=300)),
        ("<ttl>soon</ttl>", Wishes()),
        ("<ttl>-5</ttl>", Wishes()),
        ("<skipHours><hour>0</hour>\n<hour>23</hour></skipHours>", Wishes(skip_hours=(0, 23))),
        ("<skipHours><hour>24</hour></skipHours>", Wishes(skip_hours=(0,))),
        ("<skipDays><day>Saturday</day><day>sun</day></skipDays>", Wishes(skip_days=(5, 6))),
        ("<skipDays><day>Chủ nhật</day></skipDays>", Wishes()),
        ("<item><title>&lt;ttl&gt;</title><ttl>60</ttl></item>", Wishes()),
    ],
)
def test_read_feed_wishes_reads_what_stands_in_the_channel(channel: str, wishes: Wishes) -> None:
    page = f"<rss version='2.0'><channel><title>Tin</title>{channel}</channel></rss>"

    assert read_feed_wishes(page.encode()) == wishes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 01 Jun 2026 00:10:00 GMT", 600),
        ("Sun, 31 May 2026 00:10:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("9" * 400, 9_999_999_999),
        ("", None),
        (None, None),
    ],
)
def test_read_retry_after_reads_seconds_and_times(text: str | None, seconds: float | None) -> None:
    assert read_retry_after(text, now=datetime(2026, 6, 1, tzinfo=UTC)) == seconds
