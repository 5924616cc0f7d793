"""`<alga-dialog>`, `<alga-tabs>` and `<alga-tooltip>`: keyboard, focus, and what screen readers are told."""

import pytest
from playwright.sync_api import expect

from tests.browser.kit import Kit

pytestmark = pytest.mark.needs("chromium")
DIALOG = """<div><button id=opener>Open</button><button id=behind>Behind</button><alga-dialog id=dialog heading=Title>
<p>Text</p><alga-input id=first label=First></alga-input><alga-button slot=footer id=done>Done</alga-button></alga-dialog></div>"""
TABS = """<alga-tabs label=Parts><alga-tab name=a id=a>A</alga-tab><alga-tab name=b id=b disabled>B</alga-tab>
<alga-tab name=c id=c>C</alga-tab>
<alga-tab-panel name=a>Of A</alga-tab-panel><alga-tab-panel name=b>Of B</alga-tab-panel>
<alga-tab-panel name=c>Of C</alga-tab-panel></alga-tabs>"""
TIP = "<div><alga-tooltip text='What it does' delay=0><alga-button id=go>Go</alga-button></alga-tooltip></div>"
LISTEN = """(dialog) => {
  for (const name of ['cancel', 'close']) dialog.addEventListener(name, () => window.heard.push([name, dialog.open]));
}"""


def opened(kit: Kit, markup: str = DIALOG) -> None:
    """A dialog that was opened from `opener`."""
    kit.show(markup)
    kit.page.locator("#opener").focus()
    kit.page.locator("#dialog").evaluate(LISTEN)
    kit.page.locator("#dialog").evaluate("(dialog) => dialog.show()")
    expect(kit.page.get_by_role("dialog", name="Title")).to_be_visible()


@pytest.mark.parametrize("how", ["Escape", "cross", "beside", "close()", "attribute"])
def test_a_dialog_closes_and_gives_the_focus_back(kit: Kit, how: str) -> None:
    opened(kit)
    assert kit.focused == "first"
    dialog = kit.page.locator("#dialog")
    if how == "Escape":
        kit.press("Escape")
    elif how == "cross":
        kit.page.get_by_role("button", name="Close").click()
    elif how == "beside":
        kit.page.mouse.click(5, 5)
    else:
        dialog.evaluate("(d) => d.close()" if how == "close()" else "(d) => d.removeAttribute('open')")
    expect(kit.page.get_by_role("dialog")).to_be_hidden()
    kit.wait("heard.at(-1)?.[0] === 'close'")
    said = [["close", False]] if how in {"close()", "attribute"} else [["cancel", True], ["close", False]]
    assert (kit.heard, kit.focused) == (said, "opener")


def test_the_page_behind_a_dialog_is_out_of_reach(kit: Kit) -> None:
    opened(kit)
    met = set()
    for _ in range(8):
        kit.press("Tab")
        met.add(kit.focused)
    assert {"done", "first", "dialog"} <= met
    assert not met & {"opener", "behind"}


def test_a_dialog_that_its_page_keeps_open(kit: Kit) -> None:
    opened(kit)
    kit.page.locator("#dialog").evaluate("(d) => d.addEventListener('cancel', (event) => event.preventDefault(), {once: true})")
    kit.press("Escape")
    expect(kit.page.get_by_role("dialog")).to_be_visible()
    kit.page.locator("#dialog").evaluate("(d) => { d.persistent = true; }")
    expect(kit.page.get_by_role("button", name="Close")).to_be_hidden()
    kit.page.mouse.click(5, 5)
    expect(kit.page.get_by_role("dialog")).to_be_visible()
    kit.page.locator("#dialog").evaluate("(d) => d.close()")
    expect(kit.page.get_by_role("dialog")).to_be_hidden()


def test_a_press_that_began_in_the_dialog_does_not_close_it(kit: Kit) -> None:
    opened(kit)
    kit.page.get_by_text("Text").hover()
    kit.page.mouse.down()
    kit.page.mouse.move(5, 5)
    kit.page.mouse.up()
    expect(kit.page.get_by_role("dialog")).to_be_visible()


def test_autofocus_in_a_dialog(kit: Kit) -> None:
    opened(kit, DIALOG.replace("id=done", "id=done autofocus"))
    assert kit.focused == "done"


def test_a_dialog_in_a_dialog_closes_alone(kit: Kit) -> None:
    opened(kit, DIALOG.replace("<p>Text</p>", "<alga-dialog id=inner heading=Inner>Sure?</alga-dialog>"))
    kit.page.locator("#inner").evaluate("(dialog) => dialog.show()")
    expect(kit.page.get_by_role("dialog", name="Inner")).to_be_visible()
    kit.press("Escape")
    expect(kit.page.get_by_role("dialog", name="Inner")).to_be_hidden()
    expect(kit.page.get_by_role("dialog", name="Title")).to_be_visible()
    assert kit.heard == []


def test_what_escape_does_in_a_dialog_first(kit: Kit) -> None:
    inside = "<alga-search-input label=Find></alga-search-input>" + TIP
    opened(kit, DIALOG.replace("<p>Text</p>", inside))
    kit.press("x", "Escape", "Tab")
    expect(kit.page.get_by_role("tooltip")).to_be_visible()
    kit.press("Escape")
    expect(kit.page.get_by_role("tooltip")).to_be_hidden()
    expect(kit.page.get_by_role("dialog")).to_be_visible()


def shown(kit: Kit) -> list[str]:
    return kit.page.locator("alga-tab-panel:visible").all_inner_texts()


@pytest.mark.parametrize(("direction", "forward", "back"), [("ltr", "ArrowRight", "ArrowLeft"), ("rtl", "ArrowLeft", "ArrowRight")])
def test_arrows_choose_tabs(kit: Kit, direction: str, forward: str, back: str) -> None:
    tabs = kit.show(TABS, "tabchange")
    tabs.evaluate("(tabs, direction) => { tabs.dir = direction; }", direction)
    assert shown(kit) == ["Of A"]
    kit.press("Tab")
    for key, tab in [(forward, "c"), (forward, "a"), (back, "c"), ("Home", "a"), ("End", "c")]:
        kit.press(key)
        assert (kit.focused, shown(kit), kit.heard) == (tab, [f"Of {tab.upper()}"], [["tabchange", {"value": tab}]])
    kit.press("Tab")
    expect(kit.page.get_by_role("tabpanel", name="C")).to_be_focused()


def test_tabs_that_are_chosen_by_hand(kit: Kit) -> None:
    tabs = kit.show(TABS, "tabchange")
    tabs.evaluate("(tabs) => { tabs.manual = true; }")
    kit.press("Tab", "ArrowRight")
    assert (kit.focused, shown(kit), kit.heard) == ("c", ["Of A"], [])
    kit.press("Space")
    assert (shown(kit), kit.heard) == (["Of C"], [["tabchange", {"value": "c"}]])
    kit.page.get_by_role("tab", name="B").click(force=True)
    assert (shown(kit), kit.heard) == (["Of C"], [])
    kit.page.get_by_role("tab", name="A").click()
    assert (shown(kit), kit.heard) == (["Of A"], [["tabchange", {"value": "a"}]])


def test_what_tabs_are_for_screen_readers(kit: Kit) -> None:
    kit.show(TABS)
    expect(kit.page.get_by_role("tablist", name="Parts")).to_be_visible()
    told = kit.page.get_by_role("tab").evaluate_all(
        "(tabs) => tabs.map((tab) => [tab.ariaSelected, tab.ariaDisabled, tab.tabIndex])"
    )
    assert told == [["true", None, 0], ["false", "true", -1], ["false", None, -1]]
    panels = "(tabs) => tabs.map((tab) => document.getElementById(tab.getAttribute('aria-controls')).name)"
    assert kit.page.get_by_role("tab").evaluate_all(panels) == ["a", "b", "c"]


def test_tabs_that_come_and_go(kit: Kit) -> None:
    tabs = kit.show(TABS)
    tabs.evaluate("(tabs) => { tabs.value = 'c'; }")
    assert shown(kit) == ["Of C"]
    tabs.evaluate("(tabs) => tabs.querySelector('#c').remove()")
    assert shown(kit) == ["Of A"]
    tabs.evaluate("(tabs) => { tabs.querySelector('#b').disabled = false; tabs.value = 'b'; }")
    assert shown(kit) == ["Of B"]


def test_a_tooltip_is_shown_for_the_keyboard_until_escape(kit: Kit) -> None:
    kit.show(TIP)
    expect(kit.page.get_by_role("button", name="Go")).to_have_accessible_description("What it does")
    expect(kit.page.get_by_role("tooltip")).to_be_hidden()
    kit.press("Tab")
    expect(kit.page.get_by_role("tooltip")).to_have_text("What it does")
    kit.press("Escape")
    expect(kit.page.get_by_role("tooltip")).to_be_hidden()
    assert kit.focused == "go"
    kit.press("Shift+Tab", "Tab")
    expect(kit.page.get_by_role("tooltip")).to_be_visible()
    kit.press("Shift+Tab")
    expect(kit.page.get_by_role("tooltip")).to_be_hidden()


def test_a_tooltip_is_shown_for_the_pointer_which_may_go_into_it(kit: Kit) -> None:
    kit.show(TIP)
    kit.page.get_by_role("button").hover()
    tip = kit.page.get_by_role("tooltip")
    expect(tip).to_be_visible()
    tip.hover()
    kit.page.evaluate("new Promise((resolve) => setTimeout(resolve, 200))")
    expect(tip).to_be_visible()
    kit.page.mouse.move(900, 600)
    expect(tip).to_be_hidden()


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
@pytest.mark.parametrize(("left", "top"), [(0, 0), (600, 300), (1180, 660)])
def test_a_tooltip_stays_in_the_window_and_off_its_element(kit: Kit, side: str, left: int, top: int) -> None:
    place = kit.show(TIP)
    move = "(div, [side, at]) => { div.style.cssText = `position: fixed; ${at}`; div.firstChild.placement = side; }"
    place.evaluate(move, [side, f"left: {left}px; top: {top}px"])
    kit.press("Tab")
    tip, button = kit.page.get_by_role("tooltip").bounding_box(), kit.page.get_by_role("button").bounding_box()
    assert tip is not None
    assert button is not None
    assert tip["x"] >= 0 <= tip["y"]
    assert tip["x"] + tip["width"] <= 1280
    assert tip["y"] + tip["height"] <= 720
    overlaps = [
        tip[at] < button[at] + button[of] and button[at] < tip[at] + tip[of] for at, of in (("x", "width"), ("y", "height"))
    ]  # type: ignore[literal-required]
    assert not all(overlaps)


def test_a_tooltip_of_a_field_is_read_with_its_hint(kit: Kit) -> None:
    kit.show("<alga-tooltip text=Tip><alga-input label=Name hint=Hint></alga-input></alga-tooltip>")
    expect(kit.page.get_by_label("Name")).to_have_accessible_description("Hint Tip")
