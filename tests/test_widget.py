"""The chat on another site: the button, the frame, and who may show it, in a real browser."""

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from chat import erase_all
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, FrameLocator, Page, expect
from service import Service, services

from bot.access.access import Access
from bot.answer import Answerer, Answerers
from bot.web.serve import create_app
from ingest.errors import HuiwenError
from ingest.library import Library
from ingest.settings import Settings

QUESTION = "2023年的重点工作有哪些？"
SCREENSHOTS = Path(__file__).parent / "screenshots"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

# A site whose styles would spoil the button, whose policy allows no inline style, and which links back.
SITE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>协会</title>
<meta http-equiv="Content-Security-Policy" content="style-src 'self'">
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="site.css">
<h1>某某协会</h1><p><button id="own">网站自己的按钮</button>{content}</html>"""
SITE_STYLES = "button, dialog, huiwen-widget *, h2 { display: none !important; color: red; font-size: 5px } #own { display: inline !important }"


@pytest.fixture(scope="module")
def serve(sample: Answerer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    assert isinstance(sample.library, Library)
    yield from services(sample.library, tmp_path_factory)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Another site, by name and by port: its address, and the folder of its pages."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    (tmp_path / "site.css").write_text(SITE_STYLES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}", tmp_path
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_site(site: tuple[str, Path], browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the other site with some content, in a browser that prefers English."""
    contexts = []

    def open_(content: str, **options: Any) -> Page:
        (site[1] / "index.html").write_text(SITE.replace("{content}", content), encoding="utf-8")
        contexts.append(browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options}))
        page = contexts[-1].new_page()
        page.goto(site[0])
        return page

    yield open_
    for context in contexts:
        context.close()


def script(service: Service, lang: str = "zh-Hans") -> str:
    return f'<script src="{service.url}/widget.js" data-lang="{lang}" async></script>'


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"widget-{name}.png")


def ask(chat: FrameLocator, question: str) -> None:
    field = chat.locator("#hw-question textarea")
    field.fill(question)
    field.press("Enter")
    expect(chat.locator("#hw-chat .bot").last).to_contain_text("[1]", timeout=30_000)


@pytest.fixture
def allowed(serve: Callable[..., Service], site: tuple[str, Path]) -> Service:
    """A server that lets the site show the chat."""
    return serve(embed_origins=site[0])


def test_the_button_opens_the_chat_and_escape_closes_it(
    allowed: Service, open_site: Callable[..., Page]
) -> None:
    requests: list[str] = []
    page = open_site(script(allowed))
    page.on("request", lambda request: requests.append(request.url))
    button = page.get_by_role("button", name="会问：向文件提问")
    expect(button).to_be_visible()  # whatever the site's own styles say of buttons
    assert button.evaluate("each => getComputedStyle(each).fontSize") == "16px"
    assert not requests  # before anybody wants the chat, nothing of it is loaded
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog, chat = page.get_by_role("dialog", name="会问"), page.frame_locator("huiwen-widget iframe")
    expect(dialog).to_be_visible()
    expect(chat.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(chat.locator("#hw-chat")).to_contain_text(
        "想了解什么", timeout=60_000
    )  # greets in the site's language
    expect(chat.locator("#hw-tagline, #hw-account").first).to_be_hidden()
    ask(chat, QUESTION)
    shoot(page, "desktop")
    chat.locator("a.cite").first.click()
    expect(chat.locator("#hw-source")).to_be_visible()
    page.keyboard.press("Escape")  # one thing at a time: the source first
    expect(chat.locator("#hw-source")).to_be_hidden()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    expect(chat.locator("#hw-chat .bot").last).to_contain_text("[1]")  # the talk is still there
    page.get_by_role("button", name="关闭").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_chat_covers_the_site(
    allowed: Service, open_site: Callable[..., Page], scheme: str
) -> None:
    page = open_site(script(allowed, "en"), viewport=PHONE, color_scheme=scheme)
    page.get_by_role("button", name="Huiwen: ask our documents").click()
    dialog, chat = page.get_by_role("dialog"), page.frame_locator("huiwen-widget iframe")
    assert dialog.bounding_box() == {"x": 0, "y": 0, **PHONE}
    expect(chat.locator("#hw-question textarea")).to_be_visible()
    ask(chat, QUESTION)
    shoot(page, f"phone-{scheme}")
    assert page.locator("#own").evaluate("each => (each.focus(), document.activeElement !== each)")  # behind
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_links_of_the_frame_stay_in_it_or_open_a_page_of_their_own(
    allowed: Service, open_site: Callable[..., Page]
) -> None:
    page = open_site(f'<iframe src="{allowed.url}/?embed=1&lang=zh-Hant" width="400" height="600"></iframe>')
    chat = page.frame_locator("iframe")
    chat.locator("#hw-header nav a[lang=en]").click()
    expect(chat.locator("html")).to_have_attribute("lang", "en")
    chat.locator("#hw-new").click()
    expect(chat.locator("html")).to_have_attribute("lang", "en")
    expect(chat.locator("#hw-tagline")).to_be_hidden()
    with page.context.expect_page() as opened:
        chat.locator("#hw-brand").click()
    expect(opened.value.locator("#hw-tagline")).to_be_visible()


def test_a_conversation_is_erased_in_the_frame(allowed: Service, open_site: Callable[..., Page]) -> None:
    page = open_site(f'<iframe src="{allowed.url}/?embed=1&lang=zh-Hans" width="400" height="600"></iframe>')
    chat = page.frame_locator("iframe")
    ask(chat, QUESTION)
    erase_all(chat)
    expect(chat.locator("#hw-chat .message")).to_have_count(0)


def test_a_site_that_is_not_named_cannot_show_the_chat(
    serve: Callable[..., Service], open_site: Callable[..., Page]
) -> None:
    page = open_site(script(serve(embed_origins="https://www.example.org")))
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.get_by_role("button", name="会问：向文件提问").click()
    page.wait_for_event(
        "console", lambda message: "frame-ancestors" in message.text
    ) if not problems else None
    expect(page.frame_locator("huiwen-widget iframe").locator("#hw-chat")).to_have_count(0)


def test_only_the_embedded_page_may_be_framed_and_only_by_the_sites_named(
    serve: Callable[..., Service],
) -> None:
    url = serve(embed_origins="https://www.example.org, https://*.example.net:8443").url
    ancestors = "frame-ancestors 'self' https://www.example.org https://*.example.net:8443"
    assert ancestors in httpx.get(f"{url}/?embed=1").headers["content-security-policy"]
    for path in ("/", "/?embed=0", "/login?embed=1", "/api/health?embed=1", "/?next=/?embed=1"):
        policy = httpx.get(f"{url}{path}").headers["content-security-policy"]
        assert "frame-ancestors" in policy and "example" not in policy, path
    unnamed = httpx.get(f"{serve().url}/?embed=1").headers["content-security-policy"]
    assert "frame-ancestors 'self'" in unnamed and "http" not in unnamed.partition("frame-ancestors")[2]


def test_the_choice_of_language_is_kept_in_a_frame_of_another_site_over_https_only(
    serve: Callable[..., Service],
) -> None:
    app = serve().app
    for scheme, path, expected in (
        ("https", "/?embed=1&lang=en", "SameSite=None; Secure; Partitioned"),
        ("https", "/?lang=en", "SameSite=Lax"),
        ("http", "/?embed=1&lang=en", "SameSite=Lax"),
    ):
        answer = TestClient(app, base_url=f"{scheme}://testserver").get(path)
        assert answer.headers["set-cookie"].endswith(expected), path


@pytest.mark.parametrize(
    "origin",
    ["www.example.org", "https://example.org/path", "https://a.org;script-src", "*", "null", "'self'"],
)
def test_what_is_no_origin_is_refused_at_the_start(origin: str, sample: Answerer, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, embed_origins=origin)
    assert isinstance(sample.library, Library)
    with Access(settings) as access, pytest.raises(HuiwenError, match="HUIWEN_EMBED_ORIGINS"):
        create_app(Answerers(sample.library), access, settings)
