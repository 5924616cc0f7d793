"""`<alga-input>`, `<alga-search-input>`, `<alga-select>`: names, keyboard, values in forms, and what makes them invalid."""

import pytest
from playwright.sync_api import expect

from tests.browser.kit import Kit

pytestmark = pytest.mark.needs("chromium")
SENT = "(form) => [...new FormData(form)].map(([name, value]) => `${name}=${value}`).join('&')"
STATUS = "<option value=draft>Draft</option><optgroup label=Open><option value=active>Active</option></optgroup>"


def test_typing_is_heard_and_sent(kit: Kit) -> None:
    form = kit.show("<form><alga-input name=title label=Title value=Old></alga-input></form>", "input", "change")
    kit.press("Tab", "End", "!", "?", "Tab")
    assert kit.heard == [["input", "Old!"], ["input", "Old!?"], ["change", "Old!?"]]
    assert form.evaluate(SENT) == "title=Old!?"
    form.evaluate("(form) => form.reset()")
    expect(kit.page.get_by_label("Title")).to_have_value("Old")
    assert form.evaluate(SENT) == "title=Old"


def test_the_attribute_is_the_value_until_there_is_another(kit: Kit) -> None:
    field = kit.show("<alga-input label=Title value=a></alga-input>")
    field.evaluate("(field) => field.setAttribute('value', 'b')")
    expect(kit.page.get_by_label("Title")).to_have_value("b")
    field.evaluate("(field) => { field.value = 'c'; field.setAttribute('value', 'd'); }")
    expect(kit.page.get_by_label("Title")).to_have_value("c")


def test_what_the_native_input_is_told(kit: Kit) -> None:
    kit.show("<alga-input label=N type=number min=2 max=9 step=.5 placeholder=some inputmode=decimal readonly></alga-input>")
    told = kit.page.get_by_label("N").evaluate("(i) => [i.type, i.min, i.max, i.step, i.placeholder, i.inputMode, i.readOnly]")
    assert told == ["number", "2", "9", ".5", "some", "decimal", True]


def test_properties_before_the_definition_hold(kit: Kit) -> None:
    kit.show("<p></p>")
    kit.page.evaluate("""() => {
      const inert = document.implementation.createHTMLDocument();
      const field = inert.createElement('alga-input');
      field.value = 'early';
      field.label = 'Title';
      document.body.append(field);
    }""")
    expect(kit.page.get_by_label("Title")).to_have_value("early")
    assert kit.page.locator("alga-input").evaluate("(field) => [field.value, Object.keys(field).includes('value')]") == [
        "early",
        False,
    ]


@pytest.mark.parametrize(
    ("markup", "name"),
    [
        ("<alga-input label=Own></alga-input>", "Own"),
        ("<alga-input aria-label=Aria></alga-input>", "Aria"),
        ("<label for=x>Native</label><alga-input id=x></alga-input>", "Native"),
        ("<label>Around <alga-input></alga-input></label>", "Around"),
        ("<alga-label for=x>Kit</alga-label><alga-input id=x></alga-input>", "Kit"),
        ("<alga-label>Kit <b>around</b> <alga-input></alga-input></alga-label>", "Kit around"),
        ("<alga-input id=x></alga-input><alga-label for=x>After</alga-label>", "After"),
    ],
)
def test_its_name(kit: Kit, markup: str, name: str) -> None:
    kit.show(markup)
    expect(kit.page.get_by_role("textbox", name=name, exact=True)).to_be_visible()


def test_a_label_whose_text_changes(kit: Kit) -> None:
    label = kit.show("<alga-label for=x>Before</alga-label><alga-input id=x></alga-input>")
    label.evaluate("(label) => { label.firstChild.data = 'Later'; }")
    expect(kit.page.get_by_role("textbox", name="Later")).to_be_visible()


@pytest.mark.parametrize("label", ["<label for=x>Name</label>", "<alga-label for=x>Name</alga-label>"])
def test_a_click_on_its_label_focuses_it(kit: Kit, label: str) -> None:
    kit.show(f"{label}<alga-input id=x></alga-input>").click()
    assert kit.focused == "x"


def test_an_invalid_field_says_so_once_it_was_touched(kit: Kit) -> None:
    form = kit.show("<form><alga-input id=mail name=mail type=email label=Mail required hint=Work></alga-input></form>", "submit")
    box = kit.page.get_by_label("Mail")
    expect(box).to_have_accessible_description("Work")
    expect(box).not_to_have_attribute("aria-invalid", "true")
    kit.press("Tab", "Enter")
    assert kit.heard == []
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description("Work Please fill out this field.")
    box.fill("nobody")
    assert form.locator("#mail").evaluate("(field) => [field.validity.typeMismatch, field.matches(':invalid')]") == [True, True]
    box.fill("nobody@example.com")
    expect(box).not_to_have_attribute("aria-invalid", "true")
    kit.press("Enter")
    assert kit.heard == [["submit", None]]


def test_errors_of_the_page(kit: Kit) -> None:
    field = kit.show("<alga-input label=Name value=x error='It is taken.'></alga-input>")
    box = kit.page.get_by_label("Name")
    expect(box).to_have_accessible_description("It is taken.")
    assert field.evaluate("(field) => field.checkValidity()")
    assert field.evaluate("(f) => { f.setCustomValidity('No.'); return [f.validationMessage, f.checkValidity()]; }") == [
        "No.",
        False,
    ]
    assert field.evaluate("(f) => { f.setCustomValidity(''); f.error = ''; return f.checkValidity(); }")
    expect(box).to_have_accessible_description("")


def test_a_disabled_field_is_neither_sent_nor_checked(kit: Kit) -> None:
    form = kit.show("<form><fieldset disabled><alga-input name=a label=A required></alga-input></fieldset></form>")
    expect(kit.page.get_by_label("A")).to_be_disabled()
    assert form.evaluate("(form) => form.checkValidity()")
    assert form.evaluate(SENT) == ""
    form.evaluate("(form) => { form.firstChild.disabled = false; }")
    expect(kit.page.get_by_label("A")).to_be_enabled()
    assert not form.evaluate("(form) => form.checkValidity()")


def test_enter_presses_the_forms_button(kit: Kit) -> None:
    two = "<alga-input label=A name=a></alga-input><alga-input label=B name=b></alga-input>"
    kit.show(f"<form>{two}</form>", "submit")
    kit.press("Tab", "Enter")
    assert kit.heard == []
    form = kit.show(f"<form>{two}<alga-button type=submit name=how value=kit>Send</alga-button></form>", "submit")
    form.evaluate(f"(form) => form.addEventListener('submit', () => {{ window.sent = ({SENT})(form); }})")
    kit.press("Tab", "x", "Enter")
    kit.wait("window.sent")
    assert (kit.page.evaluate("sent"), kit.heard) == ("a=x&b=&how=kit", [["submit", None]])


def test_search_is_told_when_typing_pauses_or_enter_says_so(kit: Kit) -> None:
    field = kit.show("<alga-search-input label=Find delay=60000></alga-search-input>", "search")
    kit.press("Tab", "a", "b")
    assert kit.heard == []
    kit.press("Enter", "Enter")
    assert kit.heard == [["search", {"value": "ab"}]]
    kit.press("Escape")
    assert kit.heard == [["search", {"value": ""}]]
    field.evaluate("(field) => { field.delay = 1; }")
    kit.press("c")
    kit.wait("heard.length")
    assert kit.heard == [["search", {"value": "c"}]]
    kit.page.get_by_role("button", name="Clear").click()
    assert kit.heard == [["search", {"value": ""}]]
    expect(kit.page.get_by_role("searchbox", name="Find")).to_be_focused()
    expect(field.locator("button")).to_be_hidden()


def test_what_the_page_put_into_a_search_can_be_emptied_and_typed_again(kit: Kit) -> None:
    field = kit.show("<alga-search-input label=Find value=ab delay=60000></alga-search-input>", "search")
    kit.press("Tab", "Enter")
    assert kit.heard == []
    kit.press("Escape")
    assert kit.heard == [["search", {"value": ""}]]
    kit.press("x", "Enter")
    field.evaluate("(field) => { field.value = ''; }")
    kit.press("x", "Enter")
    assert kit.heard == [["search", {"value": "x"}]] * 2


def test_a_select_is_chosen_from_with_the_keyboard(kit: Kit) -> None:
    form = kit.show(f"<form><alga-select name=status label=Status>{STATUS}</alga-select></form>", "input", "change")
    assert form.evaluate(SENT) == "status=draft"
    kit.press("Tab", "A")
    assert kit.heard == [["input", "active"], ["change", "active"]]
    assert form.evaluate(SENT) == "status=active"
    form.evaluate("(form) => form.reset()")
    expect(kit.page.get_by_role("combobox", name="Status")).to_have_value("draft")


def test_a_selects_value_waits_for_its_options(kit: Kit) -> None:
    field = kit.show("<alga-select label=Status></alga-select>")
    assert field.evaluate("(field) => { field.value = 'active'; return field.value; }") == ""
    field.evaluate("(field, options) => { field.innerHTML = options; }", STATUS)
    expect(kit.page.get_by_label("Status")).to_have_value("active")
    field.evaluate("(field) => { field.querySelector('[value=active]').textContent = 'Running'; }")
    expect(kit.page.get_by_label("Status").locator("option:checked")).to_have_text("Running")


def test_a_required_select_with_a_placeholder(kit: Kit) -> None:
    form = kit.show(f"<form><alga-select name=s label=Status placeholder=Choose required>{STATUS}</alga-select></form>")
    assert not form.evaluate("(form) => form.reportValidity()")
    box = kit.page.get_by_label("Status")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    box.select_option("active")
    assert form.evaluate("(form) => form.checkValidity()")
    expect(box).not_to_have_attribute("aria-invalid", "true")
