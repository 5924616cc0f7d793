import baseStyles from './base.css';

/** An attribute's default: its type is the property's; of a list the first is the default, and what is not in the list reads as it. */
export type Default = boolean | number | string | readonly string[];

/** Constructable, because a page's policy may forbid styles in the markup. */
export function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

const base = sheet(baseStyles);
const templates = new WeakMap<object, HTMLTemplateElement>();

/**
 * What all elements of the kit are. A subclass names its `attributes`, which `define` makes properties of that live in the attributes alone,
 * its `template` and `styles`, and writes what follows from its state in `update`, which runs once after any number of changes.
 */
export abstract class AlgaElement extends HTMLElement {
  /** By the property's name; the attribute's is the same in lower case. */
  static readonly attributes: Readonly<Record<string, Default>> = {};
  /** Attributes that are only watched. */
  static readonly watched: readonly string[] = [];
  static readonly styles: readonly CSSStyleSheet[] = [];
  static readonly template: string = '<slot></slot>';
  static readonly delegatesFocus: boolean = false;

  static get observedAttributes(): string[] {
    return [...Object.keys(this.attributes).map((name) => name.toLowerCase()), ...this.watched];
  }

  protected readonly root: ShadowRoot;
  private stale = false;

  constructor() {
    super();
    const own = this.constructor as typeof AlgaElement;
    this.root = this.attachShadow({ mode: 'open', delegatesFocus: own.delegatesFocus });
    this.root.adoptedStyleSheets = [base, ...own.styles];
    let template = templates.get(own);
    if (!template) {
      template = document.createElement('template');
      template.innerHTML = own.template;
      templates.set(own, template);
    }
    this.root.append(document.importNode(template.content, true));
  }

  connectedCallback(): void {
    // What was set before the element was defined hides the accessors of its class.
    for (const name of Object.keys(this) as (keyof this)[]) {
      if (!(name in Object.getPrototypeOf(this))) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.stale = false;
    this.update();
  }

  disconnectedCallback(): void {}

  attributeChangedCallback(): void {
    this.invalidate();
  }

  /** Have `update` run soon. */
  protected invalidate(): void {
    if (this.stale || !this.isConnected) return;
    this.stale = true;
    queueMicrotask(() => {
      if (!this.stale || !this.isConnected) return;
      this.stale = false;
      this.update();
    });
  }

  /** Bring what is shown in line with the state. */
  protected update(): void {}

  /** An element of the template. */
  protected find<E extends Element = HTMLElement>(selector: string): E {
    const found = this.root.querySelector<E>(selector);
    if (!found) throw new TypeError(`<${this.localName}> has no ${selector}`);
    return found;
  }

  /** Answers false when a listener cancelled it. */
  protected emit(name: string, detail?: unknown, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }
}

/** Make the class's properties and register it as `alga-<name>`; a second copy of the kit in a page changes nothing. */
export function define(name: string, element: typeof AlgaElement & (new () => AlgaElement)): void {
  for (const [property, given] of Object.entries(element.attributes)) {
    const attribute = property.toLowerCase();
    Object.defineProperty(element.prototype, property, {
      configurable: true,
      enumerable: true,
      get(this: AlgaElement) {
        return read(this.getAttribute(attribute), given);
      },
      set(this: AlgaElement, value: unknown) {
        if (typeof given === 'boolean') this.toggleAttribute(attribute, Boolean(value));
        else if (value === null || value === undefined) this.removeAttribute(attribute);
        else this.setAttribute(attribute, String(value));
      },
    });
  }
  const tag = `alga-${name}`;
  if (!customElements.get(tag)) customElements.define(tag, element);
}

function read(value: string | null, given: Default): unknown {
  if (typeof given === 'boolean') return value !== null;
  if (typeof given === 'string') return value ?? given;
  if (typeof given === 'number') return value?.trim() && Number.isFinite(Number(value)) ? Number(value) : given;
  return value !== null && given.includes(value) ? value : given[0];
}

/** Set the text of an element, if it is another: what is written into a slot is heard as its change, and live regions speak whenever theirs is set. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Set an attribute, or remove it for null and the empty string. */
export function put(element: Element, attribute: string, value: string | null): void {
  if (value) element.setAttribute(attribute, value);
  else element.removeAttribute(attribute);
}
