"""`<alga-checkbox>`, `<alga-switch>` and their labels."""

import pytest
from playwright.sync_api import expect

from tests.browser.kit import Kit
from tests.browser.test_kit_fields import SENT

pytestmark = pytest.mark.needs("chromium")
BOTH = pytest.mark.parametrize("tag", ["alga-checkbox", "alga-switch"])
ROLES = {"alga-checkbox": "checkbox", "alga-switch": "switch"}


@BOTH
def test_space_turns_it_on(kit: Kit, tag: str) -> None:
    form = kit.show(f"<form><{tag} id=x name=sync value=yes>Sync</{tag}></form>", "input", "change")
    kit.press("Tab")
    assert (kit.focused, form.evaluate(SENT)) == ("x", "")
    kit.press("Space")
    assert [name for name, _ in kit.heard] == ["input", "change"]
    assert form.evaluate(SENT) == "sync=yes"
    expect(kit.page.get_by_role(ROLES[tag], name="Sync")).to_be_checked()  # type: ignore[arg-type]
    form.evaluate("(form) => form.reset()")
    expect(kit.page.get_by_role(ROLES[tag], name="Sync")).not_to_be_checked()  # type: ignore[arg-type]


@BOTH
def test_the_attribute_is_what_it_is_at_first(kit: Kit, tag: str) -> None:
    toggle = kit.show(f"<{tag} checked>Sync</{tag}>")
    assert toggle.evaluate("(t) => [t.checked, t.value]") == [True, "on"]
    assert toggle.evaluate("(t) => { t.checked = false; return [t.checked, t.hasAttribute('checked')]; }") == [False, True]


@BOTH
@pytest.mark.parametrize(
    "markup",
    ["<{0}>Sync</{0}>", "<{0} label=Sync></{0}>", "<label for=x>Sync</label> <{0} id=x></{0}>", "<label>Sync <{0}></{0}></label>",
     "<alga-label for=x>Sync</alga-label> <{0} id=x></{0}>", "<alga-label>Sync <{0}></{0}></alga-label>"],
)  # fmt: skip
def test_its_text_names_and_toggles_it(kit: Kit, tag: str, markup: str) -> None:
    kit.show(f"<div>{markup.format(tag)}</div>", "change")
    box = kit.page.get_by_role(ROLES[tag], name="Sync", exact=True)  # type: ignore[arg-type]
    kit.page.get_by_text("Sync").click()
    expect(box).to_be_checked()
    box.click()
    expect(box).not_to_be_checked()
    assert len(kit.heard) == 2


@BOTH
def test_a_required_one_must_be_on(kit: Kit, tag: str) -> None:
    form = kit.show(f"<form><{tag} name=a required>Agree</{tag}></form>")
    box = kit.page.get_by_role(ROLES[tag])  # type: ignore[arg-type]
    assert not form.evaluate("(form) => form.reportValidity()")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    kit.press("Space")
    assert form.evaluate("(form) => form.checkValidity()")
    expect(box).not_to_have_attribute("aria-invalid", "true")


def test_a_disabled_one_stays_as_it_is(kit: Kit) -> None:
    toggle = kit.show("<alga-switch id=x disabled checked>Sync</alga-switch><alga-label for=x>Also</alga-label>", "change")
    toggle.evaluate("(toggle) => toggle.click()")
    kit.page.get_by_text("Also").click()
    assert (toggle.evaluate("(toggle) => toggle.checked"), kit.heard) == (True, [])


def test_indeterminate_until_the_user_decides(kit: Kit) -> None:
    box = kit.show("<alga-checkbox id=x indeterminate>All</alga-checkbox>")
    expect(kit.page.get_by_role("checkbox")).to_be_checked(indeterminate=True)
    kit.press("Tab", "Space")
    assert box.evaluate("(box) => [box.indeterminate, box.hasAttribute('indeterminate'), box.checked]") == [False, False, True]


def test_a_label_of_a_native_control(kit: Kit) -> None:
    label = kit.show("<alga-label for=x>Native</alga-label><input id=x type=checkbox>")
    label.click()
    expect(kit.page.get_by_role("checkbox", name="Native")).to_be_checked()
