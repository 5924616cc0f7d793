"""`<alga-button>`: keyboard, name, states, and what it does in a form."""

import pytest
from playwright.sync_api import expect

from tests.browser.kit import Kit

pytestmark = pytest.mark.needs("chromium")
FORM = """<form><input name=who value=me aria-label=who><alga-button id=save type=submit name=how value=saved>Save</alga-button>
<alga-button id=undo type=reset>Undo</alga-button><alga-button id=other>Other</alga-button></form>"""


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_presses_it(kit: Kit, key: str) -> None:
    kit.show("<alga-button id=go>Go</alga-button>", "click")
    kit.press("Tab")
    assert kit.focused == "go"
    kit.press(key)
    assert [name for name, _ in kit.heard] == ["click"]
    expect(kit.page.get_by_role("button", name="Go")).to_be_enabled()


def test_it_cannot_be_pressed_when_disabled_or_loading(kit: Kit) -> None:
    button = kit.show("<alga-button id=go>Go</alga-button>", "click")
    button.evaluate("(button) => { button.disabled = true; }")
    expect(kit.page.get_by_role("button", name="Go")).to_be_disabled()
    button.evaluate("(button) => button.click()")
    kit.press("Tab")
    assert (kit.focused, kit.heard) == (None, [])
    button.evaluate("(button) => { button.disabled = false; button.loading = true; }")
    kit.press("Tab", "Enter")
    assert (kit.focused, kit.heard) == ("go", [])
    expect(button.locator("button")).to_have_attribute("aria-busy", "true")


def test_a_disabled_fieldset_disables_it(kit: Kit) -> None:
    kit.show("<fieldset disabled><alga-button>Go</alga-button></fieldset>")
    expect(kit.page.get_by_role("button", name="Go")).to_be_disabled()
    kit.page.evaluate("document.querySelector('fieldset').disabled = false")
    expect(kit.page.get_by_role("button", name="Go")).to_be_enabled()


def test_properties_are_attributes(kit: Kit) -> None:
    button = kit.show("<alga-button variant=danger size=huge></alga-button>")
    assert button.evaluate("(b) => [b.variant, b.size, b.type, b.disabled]") == ["danger", "md", "button", False]
    button.evaluate("(b) => { b.variant = 'ghost'; b.loading = true; b.size = null; b.label = 'Close'; }")
    assert button.evaluate("(b) => b.outerHTML") == '<alga-button variant="ghost" loading="" label="Close"></alga-button>'
    expect(kit.page.get_by_role("button", name="Close")).to_be_visible()


def test_it_submits_and_resets_its_form(kit: Kit) -> None:
    form = kit.show(FORM, "submit", "reset")
    form.evaluate("""(form) => form.addEventListener('submit', (event) => {
      window.sent = [event.submitter.id, [...new FormData(form)]];
    })""")
    kit.page.get_by_role("button", name="Other").click()
    kit.page.get_by_role("button", name="Save").click()
    assert [name for name, _ in kit.heard] == ["submit"]
    assert kit.page.evaluate("sent") == ["save", [["who", "me"], ["how", "saved"]]]
    assert form.evaluate("(form) => [...new FormData(form)].length") == 1
    kit.page.get_by_label("who").fill("you")
    kit.page.get_by_role("button", name="Undo").click()
    expect(kit.page.get_by_label("who")).to_have_value("me")


def test_a_native_button_does_not_submit_in_a_frame_of_an_extension(kit: Kit) -> None:
    """What the kit's button is for: when this fails, browsers or the sandbox have changed."""
    form = kit.show("<form><button>Save</button></form>", "submit")
    kit.page.get_by_role("button").click()
    form.evaluate("(form) => form.requestSubmit()")
    assert kit.heard == []
    assert {"Blocked form submission" in complaint for complaint in kit.complaints} == {True}
    kit.complaints.clear()


def test_a_listener_prevents_submission(kit: Kit) -> None:
    form = kit.show(FORM, "submit")
    form.locator("#save").evaluate("(button) => button.addEventListener('click', (event) => event.preventDefault())")
    kit.page.get_by_role("button", name="Save").click()
    assert kit.heard == []


def test_an_invalid_form_is_not_submitted(kit: Kit) -> None:
    form = kit.show(FORM, "submit")
    form.evaluate("(form) => { form.who.value = ''; form.who.required = true; }")
    kit.page.get_by_role("button", name="Save").click()
    expect(kit.page.get_by_label("who")).to_be_focused()
    assert kit.heard == []
