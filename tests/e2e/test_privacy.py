"""What the page may do: nothing with another origin, no code from text; and it works with no server at all."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from .site import Site
from .tab import BOOT_MS, Tab
from .watch import Watch

OUTSIDE = "https://example.com/"
FETCH = "(url) => fetch(url).then(() => 'answered', (error) => `${error.name}: ${error.message}`)"
# In a task of its own, since the policy does not bind what the debugger calls.
EVALUATE = """() => new Promise((resolve) => setTimeout(() => {
  try {
    resolve(String(new Function('return 1')()));
  } catch (error) {
    resolve(error.name);
  }
}))"""
INLINE_SCRIPT = """() => {
  const script = document.createElement('script');
  script.textContent = 'globalThis.wasRun = true';
  document.body.append(script);
  return globalThis.wasRun ?? false;
}"""


@pytest.fixture
def refused(tab: Tab, watch: Watch) -> Tab:
    watch.allow("Content Security Policy")
    return tab.open()


def test_page_and_worker_reach_no_other_origin(refused: Tab, watch: Watch) -> None:
    for place in (refused.page, refused.page.workers[0]):
        assert place.evaluate(FETCH, OUTSIDE).startswith("TypeError")
    assert watch.strangers == []


def test_page_and_worker_make_no_code_from_text(refused: Tab) -> None:
    for place in (refused.page, refused.page.workers[0]):
        assert place.evaluate(EVALUATE) == "EvalError"
    assert refused.page.evaluate(INLINE_SCRIPT) is False


def test_pages_from_the_cache_are_under_the_same_policy(refused: Tab, watch: Watch, site: Site) -> None:
    expect(refused.page.get_by_text("Ready to work offline", exact=True)).to_be_visible(timeout=BOOT_MS)
    site.stop()
    try:
        response = refused.page.reload()
        assert response
        assert response.from_service_worker
        assert "connect-src 'self'" in response.headers["content-security-policy"]
        refused.wait_ready()
        for place in (refused.page, refused.page.workers[0]):
            assert place.evaluate(FETCH, OUTSIDE).startswith("TypeError")
    finally:
        site.start()
    assert watch.strangers == []


def test_without_a_server_everything_the_page_brings_is_there(tab: Tab, context: BrowserContext, site: Site) -> None:
    tab.open()
    expect(tab.page.get_by_text("Ready to work offline", exact=True)).to_be_visible(timeout=BOOT_MS)
    tab.page.close()
    site.stop()
    try:
        again = Tab(context.new_page(), site.url).open("train")
        again.button("Use the built-in voices").click()
        again.wait_audio()
    finally:
        site.start()
