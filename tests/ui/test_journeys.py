"""The main journeys in a real browser: sign in, upload, follow a log, find why it failed, tag, read on a telephone."""

import re
import time

import pytest
from playwright.sync_api import expect

from appliance.builder import local
from appliance.hub import tasks
from tests.ui import sample
from tests.ui.browser import PHONE, Watched
from tests.ui.packages import QUAY, TIDE_NEXT
from tests.ui.test_pages import PAGES


def build_of(site, name, version):
    return site.value(
        "SELECT b.id FROM build b JOIN package p ON p.id = b.pkg_id WHERE p.name = :name AND b.version = :version",
        name=name, version=version,
    )  # fmt: skip


def test_signing_in_leads_back_and_out_again(page):
    page.go("/tags/f42")
    page.page.get_by_role("link", name="Sign in").first.click()
    page.page.get_by_label("User name").fill("jonas")
    page.page.get_by_label("Password").fill("wrong")
    page.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.page.get_by_role("alert")).to_contain_text("invalid username or password")
    page.page.get_by_label("Password").fill(sample.PASSWORD)
    page.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.page).to_have_url(re.compile("/tags/f42$"))
    page.page.get_by_text("jonas", exact=True).first.click()
    page.page.get_by_role("button", name="Sign out").click()
    expect(page.page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_a_source_package_is_dropped_and_submitted(mira):
    mira.go("/submit?target=f42")
    mira.page.get_by_label("Drop source packages here").set_input_files(QUAY.srpm)
    mira.page.get_by_role("button", name="Submit").click()
    expect(mira.page.get_by_role("status")).to_contain_text("Submitted, as task")
    expect(mira.page.get_by_role("heading", level=1)).to_contain_text("Build")
    mira.page.get_by_role("button", name="Cancel", exact=True).click()
    expect(mira.page.get_by_role("status")).to_contain_text("The task is cancelled.")


def test_a_file_falls_into_the_zone(mira):
    """Dropping works as choosing does."""
    mira.go("/submit")
    mira.page.evaluate(
        """() => { const held = new DataTransfer(); held.items.add(new File(["x"], "drift-1-1.src.rpm"));
        document.querySelector(".dropzone").dispatchEvent(new DragEvent("drop", {dataTransfer: held, bubbles: true})); }"""
    )
    assert mira.page.locator("#f-file").evaluate("input => input.files[0].name") == "drift-1-1.src.rpm"


def test_a_page_that_waits_keeps_nobody_from_asking_again(page):
    """Browsers let one request for an address wait for another, unless they are told not to."""
    page.go("/")
    page.page.wait_for_timeout(1500)
    begun = time.monotonic()
    page.go("/")
    assert time.monotonic() - begun < 3


def test_a_log_grows_before_ones_eyes(page, site):
    task = site.value("SELECT id FROM task WHERE label = 'aarch64' AND state = 1 ORDER BY id DESC LIMIT 1")
    path = site.hub.paths.koji / "work" / site.hub.paths.topdir.taskrelpath(task) / "build.log"
    page.go(f"/logs/task/{task}/build.log")
    expect(page.page.locator(".live")).to_have_text("growing")
    with path.open("a") as stream:
        stream.write("a line that came later\n<script>window.ran = 1</script>\nhalf a li")
    expect(page.page.locator(".log")).to_contain_text("a line that came later", timeout=8000)
    expect(page.page.locator(".log")).to_contain_text("<script>window.ran = 1</script>")
    assert page.page.evaluate("window.ran") is None
    with path.open("a") as stream:
        stream.write("ne that is whole now\n")
    expect(page.page.locator(".log")).to_contain_text("half a line that is whole now", timeout=8000)
    numbers = page.page.locator(".log li > a").all_inner_texts()
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    end(site, task)
    expect(page.page.locator(".live")).to_have_count(0, timeout=8000)


def end(site, task):
    with site.hub.write() as call:
        call.session = local.ensure(call)
        tasks.close(call, task, tasks.encode_result(None))


def test_the_overview_updates_by_itself(page, site):
    page.go("/")
    expect(page.page.locator("#running")).to_contain_text(TIDE_NEXT.name)
    with site.hub.write() as call:
        call.session = local.ensure(call)
        task = tasks.make(call, "build", ["cli-build/1/late-arrival-1-1.src.rpm", "f42", {}], owner=1)
    expect(page.page.locator("#queue")).to_contain_text("late-arrival-1-1.src.rpm", timeout=8000)
    with site.hub.write() as call:
        call.session = local.ensure(call)
        tasks.open(call, task)
    expect(page.page.locator("#running")).to_contain_text("late-arrival-1-1.src.rpm", timeout=8000)
    expect(page.page.locator("#queue")).not_to_contain_text("late-arrival", timeout=8000)


def test_why_a_build_failed_is_the_first_thing_one_sees(page, site):
    """From the overview to the line of the log without scrolling through it."""
    page.go("/")
    expect(page.page.locator("#recent")).to_contain_text("src/ballast.c:88:21: error")
    page.page.get_by_role("link", name="tidewater-3.2.0-1.fc42").click()
    reason = page.page.get_by_role("region", name="Why it failed")
    expect(reason.get_by_role("heading")).to_contain_text("x86_64: src/ballast.c:88:21: error: incompatible types")
    assert reason.bounding_box()["y"] < 400
    reason.get_by_role("link", name="Read on in build.log").click()
    line = page.page.locator(".log li:target")
    expect(line).to_contain_text("src/ballast.c:88:21: error")
    assert 0 < line.bounding_box()["y"] < 900
    expect(page.page.get_by_role("link", name="First error")).to_be_visible()


def test_a_large_log_is_read_on_by_scrolling(page, site):
    build = build_of(site, "libquay", "1.4.2")
    log = site.hub.paths.koji / "packages/libquay/1.4.2/1.fc42/data/logs/x86_64/build.log"
    with log.open("w") as stream:
        stream.writelines(f"line {number} of a large log\n" for number in range(1, 100_001))
    page.go(f"/logs/build/{build}/x86_64/build.log?line=50000#L50000")
    expect(page.page.locator("#L50000")).to_be_in_viewport()
    page.page.locator("#L49990").scroll_into_view_if_needed()
    expect(page.page.locator("#L49800")).to_be_attached()
    page.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.page.locator("#L50600")).to_be_attached()
    page.page.get_by_label("Search in this log").fill("line 99999 ")
    page.page.get_by_role("button", name="Find").click()
    page.page.get_by_role("link", name="99999", exact=True).first.click()
    expect(page.page.locator("#L99999 mark")).to_have_text("line 99999 ")


def test_a_build_is_tagged(mira, site):
    mira.go(f"/builds/{build_of(site, 'harbor-cli', '2.1.0')}")
    mira.page.get_by_label("Tag it into").fill("f42")
    mira.page.get_by_role("button", name="Tag", exact=True).click()
    expect(mira.page.get_by_role("status")).to_contain_text("tags it into f42")
    mira.page.get_by_role("button", name="Untag from f42-candidate").click()
    expect(mira.page.get_by_role("status")).to_contain_text("It is in f42-candidate no more.")


def test_what_changed_since_the_last_build_is_shown(page, site):
    page.go(f"/builds/{build_of(site, 'libquay', '1.4.2')}?view=changes")
    text = page.page.get_by_role("main").inner_text()
    assert "/usr/lib64/quay/plugins/tls.so" in text and "/usr/share/doc/libquay/README" in text
    assert "requires openssl-libs >= 3.2" in text and "81.9 kB → 90.1 kB" in text


def test_colours_are_chosen_and_kept(page):
    page.go("/tags")
    page.page.get_by_role("button", name="Dark").click()
    expect(page.page).to_have_url(re.compile("/tags$"))
    expect(page.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    page.go("/")
    expect(page.page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_is_enough(mira):
    mira.go("/")
    mira.page.keyboard.press("Tab")
    expect(mira.page.get_by_role("link", name="Skip to content")).to_be_focused()
    mira.page.keyboard.press("Enter")
    assert mira.page.evaluate("document.activeElement.id") == "main"
    mira.page.keyboard.press("/")
    expect(mira.page.locator("#find")).to_be_focused()
    mira.page.keyboard.type("libquay")
    mira.page.keyboard.press("Enter")
    expect(mira.page.get_by_role("heading", level=1)).to_contain_text("libquay")


def test_pages_read_without_scripts(chromium, site):
    plain = Watched(chromium, site.url, java_script_enabled=False)
    plain.page.goto(site.url + "/")
    expect(plain.page.locator("#running")).to_contain_text(TIDE_NEXT.name)
    plain.page.goto(site.url + "/login")
    plain.page.get_by_label("User name").fill("kit")
    plain.page.get_by_label("Password").fill(sample.PASSWORD)
    plain.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(plain.page.get_by_text("kit", exact=True).first).to_be_visible()
    plain.context.close()


def test_everything_fits_a_telephone(chromium, site):
    phone = Watched(chromium, site.url, PHONE, device_scale_factor=2, has_touch=True).sign_in("mira", sample.PASSWORD)
    wide = []
    for path in PAGES:
        phone.go(path)
        if phone.overflow() > 0:
            wide.append((path, phone.overflow()))
    phone.go("/history")  # far along in the menu
    expect(phone.page.locator(".menu [aria-current]")).to_be_in_viewport(ratio=1)
    phone.close()
    assert not wide
    assert not phone.faults


@pytest.mark.parametrize("width", range(640, 1441, 80))
def test_the_whole_menu_shows_beside_the_search(chromium, site, width):
    window = Watched(chromium, site.url, {"width": width, "height": 600}).sign_in("mira", sample.PASSWORD)
    last, search = window.page.locator(".menu li").last, window.page.get_by_role("search")
    entry, field = last.bounding_box(), search.bounding_box()
    window.close()
    assert entry["x"] + entry["width"] <= min(field["x"], width) or entry["y"] >= field["y"] + field["height"]
    assert not window.faults


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_against_any_page(chromium, site, scheme):
    watched = Watched(chromium, site.url, color_scheme=scheme).sign_in("mira", sample.PASSWORD)
    build, failed = build_of(site, "libquay", "1.4.2"), build_of(site, "tidewater", "3.2.0")
    task = site.value("SELECT task_id FROM build WHERE id = :id", id=failed)
    more = ["/submit", "/coprs/new", f"/builds/{build}", f"/builds/{failed}", f"/tasks/{task}", "/rpms/1", "/buildroots/1",
            "/repos/1", f"/logs/build/{build}/x86_64/root.log", "/nothing",
            *(f"/builds/{build}?view={view}" for view in ("packages", "changes", "changelog", "history"))]  # fmt: skip
    faults = []
    for path in [*PAGES, *more] if scheme == "light" else [*PAGES[:4], *more]:
        watched.go(path)
        faults += watched.unfit()
    watched.close()
    assert not faults, "\n".join(faults)
    assert not watched.faults


def test_followers_hold_no_threads(site):
    """Many browsers wait at once, and others are served as ever."""
    import threading

    visitors = [site.visitor() for _ in range(40)]
    heard = site.hub.bell.heard("tasks")
    answers = []

    def wait(visitor):
        answers.append(visitor.get("/", headers={"Prefer": "wait=20", "X-Heard": f"{heard} tasks"}).status_code)

    threads = [threading.Thread(target=wait, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    time.sleep(1)
    assert not answers
    begun = time.monotonic()
    assert site.visitor().get("/tags").status_code == 200
    assert time.monotonic() - begun < 2
    site.hub.bell.ring("tasks")
    for thread in threads:
        thread.join(15)
    assert answers == [200] * 40
