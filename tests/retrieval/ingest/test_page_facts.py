"""A page's claims about itself are checked: outlet, language, address, completeness."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import ExtractError
from retrieval.ingest.canonical import article_url, unwrapped
from retrieval.ingest.extract.draft import Origin, language_of
from retrieval.ingest.extract.kinds import SourceKind, decode
from retrieval.ingest.parsing import read_draft
from retrieval.text.outlets import outlet_of

from . import pages

if TYPE_CHECKING:
    from retrieval.models import ArticleDraft

NOW = datetime(2024, 11, 20, 12, 0, tzinfo=UTC)
URL = "https://herald.org/rivers"
MANY = [
    f"On day {n} the river {n * 7} rose by {n} metres and the village {n + 3} was left."
    for n in range(40)
]
ENGLISH = "The rivers of the north rose by two metres in one night, the water service said."
RUSSIAN = "Реки на севере за одну ночь поднялись на два метра, сообщила служба воды во вторник."
UKRAINIAN = "Ріки на півночі за одну ніч піднялися на два метри, повідомила служба води."


def page(*paragraphs: str, head: str = "", before: str = "", url: str = URL) -> ArticleDraft:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    markup = (
        f"<html lang=en><head><title>Rivers rise</title>{head}</head><body>{before}<article>"
        f"<h1>Rivers rise</h1>{body}</article></body></html>"
    )
    return read_draft(SourceKind.HTML, markup.encode(), Origin("x", NOW, url=url))


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("The New York Times", "www.nytimes.com"), ("BBC News", "www.bbc.co.uk"),
        ("CNN", "edition.cnn.com"), ("The Guardian", "www.theguardian.com"),
        ("Wall Street Journal", "www.wsj.com"), ("Deutsche Welle", "www.dw.com"),
        ("Медуза", "meduza.io"), ("Новини", "xn--b1amarcd.xn--j1amh"),
        ("Північний вісник", "pivnichnyi-visnyk.org"), ("Sky News | Breaking", "news.sky.com"),
        ("El País", "elpais.com"), ("Border Gazette", "127.0.0.1"), ("Border Gazette", "localhost"),
    ],
)  # fmt: skip
def test_a_name_that_its_host_bears_out_is_the_outlets(name: str, host: str) -> None:
    assert outlet_of(name, host) == name.partition(" | ")[0]


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("Reuters", "evil.com"), ("Reuters", "reuters.evil.co.uk"), ("Reuters", "reutersfake.com"),
        ("Reuters", "r.com"), ("Reuters", "8.8.8.8"), ("Reuters", "reuters.com.evil.newgtld"),
        ("The New York Times", "times.com.evil.org"), ("BBC News", "news.com"), ("News", "a.com"),
        ("Associated Press", "sfgate.com"), ("", "evil.com"), ("|", "evil.com"),
        ("a " * 49, "a" * 60 + ".com"), ("Reuters" * 100, "reuters.com"),
    ],
)  # fmt: skip
def test_a_page_can_not_take_another_outlets_name(name: str, host: str) -> None:
    assert outlet_of(name, host) == host


def test_a_spoofed_site_name_does_not_reach_the_archive() -> None:
    head = '<meta property="og:site_name" content="Reuters">'
    assert page(ENGLISH, ENGLISH, head=head).outlet == "herald.org"


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (ENGLISH, None, "en"), (RUSSIAN, "en-US", "ru"), (UKRAINIAN, "ru", "uk"),
        ("Ok", "uk_UA", "uk"), ("Ok", None, None), ("Ok", "x-klingon", None), ("", "", None),
    ],
)  # fmt: skip
def test_the_text_tells_its_language_before_the_page_does(
    text: str, declared: str | None, language: str | None
) -> None:
    assert language_of(text, declared) == language


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5"])
@pytest.mark.parametrize("declared", [None, "iso-8859-1", "utf-8", "windows-1251", "koi8-r"])
def test_a_cyrillic_page_is_read_in_its_encoding_whatever_is_declared(
    encoding: str, declared: str | None
) -> None:
    text = f"<p>{RUSSIAN}</p><p>{RUSSIAN}</p>"
    assert decode(text.encode(encoding), declared, markup=True) == text


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        ("Les élèves français ont été reçus à l'Élysée. " * 20, "cp1252", "iso-8859-1"),
        ("Zażółć gęślą jaźń, powiedział rzecznik. " * 20, "cp1250", "windows-1250"),
        ("Οι ποταμοί του βορρά ανέβηκαν δύο μέτρα. " * 20, "cp1253", "windows-1253"),
        ("北方的河流一夜之间上涨了两米。" * 20, "gb18030", "gb18030"),
        ("北の川は一晩で二メートル上がった。" * 20, "shift_jis", "shift_jis"),
    ],
)
def test_other_encodings_are_left_as_declared(
    text: str, encoding: str, declared: str | None
) -> None:
    assert decode(text.encode(encoding), declared) == text


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ("https://m.herald.org/a", "https://herald.org/a"),
        ("https://mobile.herald.co.uk/a", "https://herald.co.uk/a"),
        ("https://amp.herald.org/a", "https://herald.org/a"),
        ("https://www.herald.org/a/amp", "https://www.herald.org/a"),
        ("https://www.herald.org/a/amp/", "https://www.herald.org/a"),
        ("https://www.herald.org/amp/a", "https://www.herald.org/a"),
        ("https://www.herald.org/a.amp.html", "https://www.herald.org/a.html"),
        ("https://www.herald.org/a.amp", "https://www.herald.org/a"),
        ("https://www.herald.org/a?amp=1&id=2", "https://www.herald.org/a?id=2"),
        ("https://www.herald.org/a?outputType=amp", "https://www.herald.org/a"),
        ("https://m.org/a", "https://m.org/a"),
        ("https://amp.dev/a", "https://amp.dev/a"),
        ("https://www.herald.org/camp", "https://www.herald.org/camp"),
        ("https://www.herald.org/amplifier", "https://www.herald.org/amplifier"),
        ("https://www.herald.org/a?camp=1", "https://www.herald.org/a?camp=1"),
        ("http://127.0.0.1:80/a", "http://127.0.0.1:80/a"),
    ],
)
def test_variants_of_an_address_are_one(given: str, folded: str) -> None:
    assert article_url(given) == folded
    assert article_url(folded) == folded


@pytest.mark.parametrize(
    ("cached", "own"),
    [
        ("https://www.google.com/amp/s/www.herald.org/a?x=1", "https://www.herald.org/a?x=1"),
        (
            "https://www-herald-org.cdn.ampproject.org/c/s/www.herald.org/a",
            "https://www.herald.org/a",
        ),
        ("https://www-herald-org.cdn.ampproject.org/v/www.herald.org/a", "http://www.herald.org/a"),
        ("https://www.herald.org/amp/s/x.org/a", "https://www.herald.org/amp/s/x.org/a"),
    ],
)
def test_a_page_in_a_cache_is_fetched_from_its_own_site(cached: str, own: str) -> None:
    assert unwrapped(cached) == own


def test_a_page_may_name_the_plain_form_of_its_own_site() -> None:
    head = '<link rel=canonical href="https://www.herald.org/rivers">'
    assert (
        page(ENGLISH, head=head, url="https://m.herald.org/r").url
        == "https://www.herald.org/rivers"
    )
    other = '<link rel=canonical href="https://reuters.com/rivers">'
    assert page(ENGLISH, head=other).url == URL


def structured(**facts: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(facts)}</script>'


@pytest.mark.parametrize(
    ("paragraphs", "head"),
    [
        (MANY[:8], structured(articleBody=" ".join(MANY))),
        ([ENGLISH], structured(wordCount=900)),
        ([ENGLISH], structured(isAccessibleForFree="False")),
        ([ENGLISH, "Subscribe to continue reading this story."], ""),
        ([UKRAINIAN, "Щоб прочитати повністю, оформіть передплату."], ""),
    ],
)
def test_a_page_that_shows_a_part_of_its_article_is_marked(
    paragraphs: list[str], head: str
) -> None:
    assert page(*paragraphs, head=head).partial


@pytest.mark.parametrize(
    ("paragraphs", "head"),
    [
        ([ENGLISH], ""),
        (MANY[:8], structured(articleBody=" ".join(MANY[:9]), wordCount=130)),
        (MANY, structured(isAccessibleForFree=False)),
        (MANY[:3], '<script type="application/ld+json">{"articleBody": "</script>'),
        (["Subscribe to continue reading, said the old poster.", *MANY[:10]], ""),
    ],
)
def test_a_whole_article_is_not_marked(paragraphs: list[str], head: str) -> None:
    assert not page(*paragraphs, head=head).partial


@pytest.mark.parametrize(
    ("head", "before", "url", "sentence"),
    [
        ("", "<form><input type=password></form>", URL, "It's behind a login; open it in"),
        ('<meta property="og:type" content="video.other">', "", URL, "It leads to a video, "),
        ("", "", "https://www.youtube.com/watch?v=1", "It leads to a video, "),
        ("", "", "https://youtu.be/1", "It leads to a video, "),
    ],
)
def test_what_shows_no_article_is_refused_with_advice(
    head: str, before: str, url: str, sentence: str
) -> None:
    with pytest.raises(ExtractError) as caught:
        page("Sign in to your account to go on to this page.", head=head, before=before, url=url)
    assert str(caught.value).startswith(sentence)
    assert " send " in str(caught.value)


def test_an_article_beside_a_login_or_a_video_is_read() -> None:
    form = "<form><input type=password></form>"
    head = '<meta property="og:type" content="video.other">'
    assert page(*MANY, head=head, before=form).title == "Rivers rise"
    assert page(ENGLISH, head=head, before=form).text == ENGLISH


@pytest.mark.parametrize(
    "notice",
    [
        ("We and our partners use cookies. Give your consent to cookies or leave the page.",),
        (
            (
                "We and our 612 partners store and read personal data, such as identifiers, on "
                "your device, to show you advertisements and to measure who sees them."
            ),
            "You can change your preferences at any time, under Cookie settings on each page.",
        ),
        (
            "Цей сайт використовує файли cookie, щоб ви бачили рекламу, яка вам цікава.",
            "Натискаючи «Прийняти», ви погоджуєтеся з обробкою ваших персональних даних.",
        ),
        (
            (
                "Wir und unsere Partner verwenden Cookies, um Ihnen Werbung zu zeigen, die "
                "passt. Mit einem Klick auf Akzeptieren geben Sie uns Ihre Einwilligung."
            ),
        ),
        (
            "We use cookies to run this site. You may accept all of them or only some. " * 9,
            "Our partners process your data for as long as you let us. " * 9,
        ),
    ],
)
def test_a_page_with_nothing_but_a_notice_about_cookies_is_refused(notice: tuple[str, ...]) -> None:
    with pytest.raises(ExtractError, match="only shows a cookie notice"):
        page(*notice)


def test_an_article_about_consent_is_no_notice() -> None:
    told = (
        (
            "The parliament of Selm has banned cookies that follow people from site to site. Firms "
            "must ask for consent, and fines reach four million euros."
        ),
        (
            "The privacy commissioner, Ida Roth, said that firms may use personal data only with a "
            "reason. Advertising partners had accepted the change, she added."
        ),
    )
    assert page(*told).text == "\n\n".join(told)


@pytest.mark.parametrize(
    ("head", "url", "day"),
    [
        (("2024-11-13T00:30:00+02:00",), URL, "2024-11-13T00:30:00+02:00"),
        (("2024-11-12T21:30:00-0500",), URL, "2024-11-12T21:30:00-05:00"),
        (("2024-11-12T22:30:00Z", "2024-11-13T00:30:00+02:00"), URL, "2024-11-13T00:30:00+02:00"),
        (("2024-11-12T22:30:00Z",), "https://herald.org/2024/11/13/r", "2024-11-13T00:30:00+02:00"),
        (("2024-11-12T22:30:00Z",), "https://herald.org/2024/11/12/r", "2024-11-12T22:30:00+00:00"),
        (("2024-11-12T22:30:00Z",), "https://herald.org/2024/13/42/r", "2024-11-12T22:30:00+00:00"),
    ],
)
def test_a_page_keeps_the_day_that_it_shows_with_its_zone(
    head: tuple[str, ...], url: str, day: str
) -> None:
    declared, *shown = head
    meta = f'<meta property="article:published_time" content="{declared}">'
    times = "".join(f"<time datetime={one}>13 November</time>" for one in shown)
    published = page(ENGLISH, head=meta, before=times, url=url).published
    assert published is not None
    assert published.at.isoformat()[:10] == day[:10]
    assert published.at == datetime.fromisoformat(day)


@pytest.mark.parametrize("said", ["It was closed in 2019 for good.", "Copyright 2023 The Herald"])
def test_a_year_in_a_page_is_no_date_of_it(said: str) -> None:
    assert page(ENGLISH, f"{ENGLISH} {said}").published is None


@pytest.mark.parametrize(
    "said", ["1 November 2024", "November 1, 2024", "2024-11-01", "01.11.2024"]
)
def test_the_first_of_a_month_that_a_page_says_is_its_date(said: str) -> None:
    published = page(ENGLISH, ENGLISH, before=f"<p>Published on {said}</p>").published
    assert published is not None
    assert published.at.date().isoformat() == "2024-11-01"


def test_a_page_that_declares_no_date_has_the_one_in_its_text() -> None:
    published = page(ENGLISH, ENGLISH, before="<p>Published on 12 November 2024</p>").published
    assert published is not None
    assert published.at.date().isoformat() == "2024-11-12"


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        (SourceKind.MARKDOWN, '---\ntitle: ""\n---\n', "Its title is empty; fill it in or leave"),
        (
            SourceKind.MARKDOWN,
            "---\ndate: 2031-01-01\n---\n",
            "is in the future; correct it or leave",
        ),
    ],
)
def test_a_wrong_fact_is_told_with_what_to_do(kind: SourceKind, body: str, sentence: str) -> None:
    with pytest.raises(ExtractError, match=sentence):
        read_draft(kind, f"{body}{ENGLISH}".encode(), Origin("x", NOW))


def test_a_page_without_a_title_is_titled_by_its_text_and_one_from_the_future_is_undated() -> None:
    markup = pages.HTML.replace("Ріки піднялися", "").replace("2024-11-12", "2031-11-12")
    draft = read_draft(SourceKind.HTML, markup.encode(), Origin("x", NOW, url=URL))
    assert draft.title
    assert draft.published is None or draft.published.at <= NOW


@pytest.mark.parametrize(
    ("shown", "day"),
    [
        ("13 November 2024, 00:30", "2024-11-13T00:30:00+02:00"),
        ("Опубліковано 13 листопада 2024, 00:30", "2024-11-13T00:30:00+02:00"),
        ("Nov. 12, 2024, 5:30 p.m.", "2024-11-12T17:30:00-05:00"),
        ("Updated 13 November 2024, 00:30", "2024-11-12T22:30:00+00:00"),
        ("13 November 2024, 00:37", "2024-11-12T22:30:00+00:00"),
    ],
)
def test_a_date_that_is_written_out_in_local_time_tells_the_zone(shown: str, day: str) -> None:
    meta = '<meta property="article:published_time" content="2024-11-12T22:30:00Z">'
    found = page(*MANY, head=meta, before=f"<span class=date>{shown}</span>").published
    assert found is not None
    assert found.at.isoformat() == day


@pytest.mark.parametrize(
    ("shown", "at"),
    [
        ("Updated Nov. 12, 2024, 2:05 p.m. ET", "2024-11-12T14:05:00-05:00"),
        ("Stand: 12.11.2024, 14:05 Uhr", "2024-11-12T00:00:00+00:00"),
        ("Опубликовано: 12 ноября 2024, 14:05", "2024-11-12T00:00:00+00:00"),
        ("Publié le 12 novembre 2024 à 14h05", "2024-11-12T00:00:00+00:00"),
    ],
)
def test_a_date_that_only_readers_are_shown_is_read(shown: str, at: str) -> None:
    found = page(*MANY, before=f"<div class=post-meta>{shown}</div>").published
    assert found is not None
    assert found.at.isoformat() == at
