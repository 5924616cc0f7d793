import { define, sheet } from '../base.js';
import { Control, DESCRIBED, MESSAGES } from './control.js';
import field from './field.css';
import { submitImplicitly } from './submission.js';

/** Attributes that the native input takes as they are. */
const PASSED = ['autocomplete', 'max', 'maxlength', 'min', 'minlength', 'pattern', 'placeholder', 'readonly', 'step'];
const OF_HTML = ['autocapitalize', 'enterkeyhint', 'inputmode', 'spellcheck']; // every element has properties for these

/** A line of text; what `<alga-input>` and `<alga-search-input>` share. */
export abstract class TextInput extends Control {
  static override readonly attributes = {
    ...Control.attributes,
    autocomplete: '',
    max: '',
    maxLength: '',
    min: '',
    minLength: '',
    pattern: '',
    placeholder: '',
    readOnly: false,
    step: '',
  };
  static override readonly watched = [...Control.watched, 'value', ...OF_HTML];
  static override readonly styles = [...Control.styles, sheet(field)];

  declare autocomplete: string;
  declare max: string;
  declare maxLength: string;
  declare min: string;
  declare minLength: string;
  declare pattern: string;
  declare placeholder: string;
  declare readOnly: boolean;
  declare step: string;

  protected override readonly control = this.find<HTMLInputElement>('#control');
  private isOwn = false; // the value is the page's or the user's, and the attribute's no more

  constructor() {
    super();
    this.control.addEventListener('keydown', (event) => this.pressed(event));
  }

  /** What is in the field. The attribute is what it has at first and after a reset. */
  get value(): string {
    return this.isOwn ? this.control.value : (this.getAttribute('value') ?? '');
  }

  set value(value: string) {
    this.isOwn = true;
    this.control.value = value ?? '';
    this.sync();
    this.invalidate();
  }

  select(): void {
    this.control.select();
  }

  protected override get formValue(): string {
    return this.value;
  }

  protected override reset(): void {
    this.isOwn = false;
  }

  protected override restore(state: string): void {
    this.value = state;
  }

  protected override changed(): void {
    this.isOwn = true;
    super.changed();
  }

  protected override update(): void {
    for (const name of [...PASSED, ...OF_HTML]) {
      const value = this.getAttribute(name);
      if (value === null) this.control.removeAttribute(name);
      else this.control.setAttribute(name, value);
    }
    if (!this.isOwn) this.control.value = this.value;
    super.update();
  }

  protected pressed(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.isComposing && !event.defaultPrevented) submitImplicitly(this);
  }
}

/** `<alga-input>`: a line of text, a number, a date. */
export class AlgaInput extends TextInput {
  static override readonly attributes = {
    ...TextInput.attributes,
    type: ['text', 'email', 'password', 'number', 'tel', 'url', 'date', 'time', 'datetime-local'],
  };
  static override readonly template = `<label part="label" for="control"></label>
    <div class="field" part="field"><slot name="start"></slot><input id="control" part="control" ${DESCRIBED}><slot name="end"></slot></div>${MESSAGES}`;

  declare type: 'text' | 'email' | 'password' | 'number' | 'tel' | 'url' | 'date' | 'time' | 'datetime-local';

  protected override update(): void {
    this.control.type = this.type;
    super.update();
  }
}

define('input', AlgaInput);

declare global {
  interface HTMLElementTagNameMap {
    'alga-input': AlgaInput;
  }
}
