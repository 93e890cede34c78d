"""How long a member waits: from Enter to the first words of the answer on the screen, in Chromium.

    .venv/bin/huiwen serve --port 7860 &
    .venv/bin/python tests/first_answer.py http://127.0.0.1:7860

Prints milliseconds: ten questions over the sample documents, one after another, then their median.
"""

import shutil
import statistics
import sys

from playwright.sync_api import Page, sync_playwright

QUESTIONS = (
    "2023年的重点工作有哪些？",
    "会费是多少？",
    "2021年河南洪灾捐了多少钱？",
    "章程规定理事会多久开一次会？",
    "侨商助学基金资助哪些学生？",
    "秘书处的电话由谁负责？",
    "第三届理事会会长是谁？",
    "What were the key tasks for 2023?",
    "體檢的時間是什麼時候？",
    "火星基地的氧气由谁供应？",
)
# Runs in the page: the clock starts at the key press and stops at the frame that has the first words.
_MEASURE = """() => new Promise((resolve) => {
    const field = document.querySelector("#hw-question textarea");
    const before = document.querySelectorAll("#hw-chat .bot-row").length;
    let started;
    field.addEventListener("keydown", () => (started = performance.now()), { once: true, capture: true });
    const look = () => {
        const row = document.querySelectorAll("#hw-chat .bot-row")[before];
        const answered = row?.querySelector(".prose") && !row.querySelector(".searching") && row.innerText.trim();
        if (answered) requestAnimationFrame(() => resolve(performance.now() - started));
        else requestAnimationFrame(look);
    };
    look();
})"""


def measure(page: Page, question: str) -> float:
    """Milliseconds for one question."""
    page.locator("#hw-question textarea").fill(question)
    page.evaluate(f"() => {{ window.measured = ({_MEASURE})(); }}")  # not awaited yet
    page.keyboard.press("Enter")
    milliseconds: float = page.evaluate("() => window.measured")
    page.locator("#hw-chat .bot-row").last.locator(".hw-actions").wait_for()
    return milliseconds


def main(address: str) -> None:
    """Ask all questions of a running server."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(locale="zh-CN")
        page.goto(address)
        page.locator("#hw-chat .example").first.wait_for(timeout=120_000)  # the model is loaded by then
        times = []
        for question in QUESTIONS:
            times.append(measure(page, question))
            print(f"{times[-1]:7.0f}  {question}")
        print(f"{statistics.median(times):7.0f}  median")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
