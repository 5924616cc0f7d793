"""What is only looked at: alert, badge, card, skeleton, spinner, stack, text; and the tokens."""

import pytest
from playwright.sync_api import expect

from tests.browser.kit import Kit

pytestmark = pytest.mark.needs("chromium")
TOKENS = "(names) => names.map((name) => getComputedStyle(document.documentElement).getPropertyValue(`--alga-${name}`))"
SCHEME = "getComputedStyle(document.documentElement).colorScheme"


@pytest.mark.parametrize(("variant", "role"), [("", "status"), ("success", "status"), ("warning", "alert"), ("danger", "alert")])
def test_an_alert_is_said(kit: Kit, variant: str, role: str) -> None:
    kit.show(f"<alga-alert variant='{variant}' heading=Sync>It ran.</alga-alert>")
    said = kit.page.get_by_role(role)  # type: ignore[arg-type]
    assert said.inner_text() == "Sync"
    expect(kit.page.get_by_text("It ran.")).to_be_visible()


def test_an_alert_is_dismissed(kit: Kit) -> None:
    alert = kit.show("<alga-alert dismissible>It ran.</alga-alert>", "dismiss")
    alert.evaluate("(alert) => alert.addEventListener('dismiss', (event) => event.preventDefault(), {once: true})")
    kit.press("Tab", "Enter")
    expect(alert).to_be_visible()
    kit.press("Enter")
    expect(alert).to_be_hidden()
    assert [name for name, _ in kit.heard] == ["dismiss", "dismiss"]


def test_a_card_shows_what_it_has(kit: Kit) -> None:
    card = kit.show("<alga-card>Content</alga-card>")
    expect(card.locator("header")).to_be_hidden()
    expect(card.locator("footer")).to_be_hidden()
    card.evaluate(
        "(card) => { card.heading = 'Title'; card.level = 3; card.insertAdjacentHTML('beforeend', '<p slot=footer>End</p>'); }"
    )
    expect(kit.page.get_by_role("heading", name="Title", level=3)).to_be_visible()
    expect(kit.page.get_by_role("region", name="Title")).to_be_visible()
    expect(card.locator("footer")).to_be_visible()


def test_a_spinner_says_what_goes_on(kit: Kit) -> None:
    spinner = kit.show("<alga-spinner></alga-spinner>")
    expect(kit.page.get_by_role("status")).to_have_text("Loading")
    spinner.evaluate("(spinner) => { spinner.label = 'Loading agreements'; }")
    expect(kit.page.get_by_role("status")).to_have_text("Loading agreements")


def test_skeletons(kit: Kit) -> None:
    skeleton = kit.show("<alga-skeleton lines=3 width=8rem></alga-skeleton>")
    assert skeleton.locator("span").evaluate_all("(bones) => bones.map((bone) => bone.offsetWidth)") == [128, 128, 128]
    skeleton.evaluate("(skeleton) => { skeleton.lines = 1e9; }")
    assert skeleton.locator("span").count() == 100
    skeleton.evaluate("(skeleton) => { skeleton.variant = 'circle'; skeleton.width = '20px'; }")
    assert skeleton.locator("span").evaluate_all("(bones) => bones.map((b) => [b.offsetWidth, b.offsetHeight])") == [[20, 20]]


def test_nothing_moves_for_those_who_prefer_that(kit: Kit) -> None:
    kit.show("<alga-skeleton></alga-skeleton><alga-button>Go</alga-button>")
    bone = kit.page.locator("alga-skeleton span")
    expect(bone).to_have_css("animation-name", "breathe")
    kit.page.emulate_media(reduced_motion="reduce")
    expect(bone).to_have_css("animation-name", "none")
    expect(kit.page.get_by_role("button")).to_have_css("transition-property", "none")


def test_text_is_what_it_says(kit: Kit) -> None:
    text = kit.show("<alga-text as=h3>Title</alga-text>")
    expect(kit.page.get_by_role("heading", name="Title", level=3)).to_be_visible()
    text.evaluate("(text) => { text.as = 'script'; }")
    expect(kit.page.get_by_role("paragraph")).to_be_visible()
    assert text.evaluate("(text) => text.as") == "p"


def test_a_stack_keeps_its_children_apart(kit: Kit) -> None:
    stack = kit.show("<alga-stack direction=row gap=xs><p>a</p><p>b</p></alga-stack>")
    first, second = (stack.locator("p").nth(at).bounding_box() for at in (0, 1))
    assert first is not None
    assert second is not None
    assert (second["x"] - first["x"] - first["width"], second["y"] - first["y"]) == (4, 0)


def test_the_pages_and_the_hosts_tokens_win(kit: Kit) -> None:
    kit.show("<alga-button>Go</alga-button>")
    names = ["primary", "fg", "bg"]
    assert kit.page.evaluate(TOKENS, names) == ["#7c3aed", "#111827", "#f7f8fa"]
    kit.page.evaluate("document.head.insertAdjacentHTML('beforeend', '<style>:root { --alga-fg: #010203; }</style>')")
    kit.page.evaluate("document.documentElement.style.setProperty('--alga-primary', 'rgb(1, 2, 3)')")
    assert kit.page.evaluate(TOKENS, names) == ["rgb(1, 2, 3)", "#010203", "#f7f8fa"]
    expect(kit.page.get_by_role("button")).to_have_css("background-color", "rgb(1, 2, 3)")


def test_a_page_that_says_nothing_has_the_hosts_colours(kit: Kit) -> None:
    kit.show("<p>Text</p>")
    kit.page.evaluate("document.documentElement.style.cssText = '--alga-bg: rgb(1, 2, 3); --alga-fg: rgb(4, 5, 6)'")
    body = kit.page.locator("body")
    expect(body).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(body.locator("p")).to_have_css("color", "rgb(4, 5, 6)")
    kit.page.evaluate("document.head.insertAdjacentHTML('beforeend', '<style>body { background: rgb(7, 8, 9); }</style>')")
    expect(body).to_have_css("background-color", "rgb(7, 8, 9)")


def test_dark_as_the_user_prefers_or_the_page_or_the_host_says(kit: Kit) -> None:
    kit.show("<p></p>")
    root = "document.documentElement"

    def expect_scheme(scheme: str) -> None:
        kit.wait(f"{SCHEME} === '{scheme}'")
        assert kit.page.evaluate(TOKENS, ["fg"]) == [{"light": "#111827", "dark": "#e8eaf0"}[scheme]]

    expect_scheme("light")
    kit.page.emulate_media(color_scheme="dark")
    expect_scheme("dark")
    kit.page.evaluate(f"{root}.dataset.theme = 'light'")
    expect_scheme("light")
    kit.page.evaluate(f"delete {root}.dataset.theme")
    expect_scheme("dark")
    kit.page.evaluate(f"{root}.style.setProperty('--alga-bg', 'oklch(0.97 0 0)')")
    expect_scheme("light")
    kit.page.evaluate(f"{root}.style.setProperty('--alga-bg', '#101218')")
    expect_scheme("dark")
    kit.page.emulate_media(color_scheme="light")
    kit.page.evaluate(f"{root}.style.removeProperty('--alga-bg')")
    expect_scheme("light")
    kit.page.evaluate(f"{root}.dataset.theme = 'dark'")
    expect_scheme("dark")


def test_a_part_of_a_page_in_the_other_theme(kit: Kit) -> None:
    part = kit.show("<div data-theme=dark><p>Dark</p><alga-text>Dark</alga-text></div>")
    for element in ("p", "alga-text"):
        expect(part.locator(element).first).to_have_css("color", "rgb(232, 234, 240)")


def test_a_danger_that_is_light_has_dark_text(kit: Kit) -> None:
    kit.show("<alga-button variant=danger>Delete</alga-button>")
    color = "(b) => { const c = new OffscreenCanvas(1, 1).getContext('2d'); c.fillStyle = getComputedStyle(b).color; c.fillRect(0, 0, 1, 1); return c.getImageData(0, 0, 1, 1).data[0]; }"  # noqa: E501
    button = kit.page.get_by_role("button")
    assert button.evaluate(color) == 255
    kit.page.evaluate("document.documentElement.style.setProperty('--alga-danger', '#f9a8a8')")
    assert button.evaluate(color) == 0
