"""Debian's Chromium, headless, and what is watched in it: the policy's violations, errors, dialogs, accessibility."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
_OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
_LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@contextmanager
def launched() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_OPTIONS))
        yield browser
        browser.close()


class Watched:
    """A window of its own: what goes wrong in it is kept in `faults`."""

    def __init__(self, browser: Any, url: str, size: dict[str, int] = DESK, **options: Any) -> None:
        self.url = url
        self.faults: list[str] = []
        self.context = browser.new_context(viewport=size, **options)
        self.context.add_init_script(_LISTEN)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("dialog", self._asked)

    def _said(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _asked(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def go(self, path: str) -> Any:
        """Open an address of the site; the answer."""
        self.check()
        return self.page.goto(self.url + path)

    def check(self) -> None:
        """Note what the page that is open has broken of the policy."""
        if self.page.url.startswith("http"):
            self.faults += self.page.evaluate("window.violations || []")

    def sign_in(self, name: str, password: str) -> "Watched":
        self.go("/login")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        self.page.get_by_text(name, exact=True).first.wait_for()
        return self

    def unfit(self) -> list[str]:
        """What axe-core has against the page that is open, a line each."""
        answer = Axe().run(self.page).response
        return [
            f"{self.page.url}: {fault['id']} ({fault['impact']}): {node['html'][:150]}"
            for fault in answer["violations"]
            for node in fault["nodes"]
        ]

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def close(self) -> None:
        self.check()
        self.context.close()
