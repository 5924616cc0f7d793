/** An attribute's default: its type is the property's; of a list the first is the default, and what is not in the list reads as it. */
export type Default = boolean | number | string | readonly string[];
/** Constructable, because a page's policy may forbid styles in the markup. */
export declare function sheet(text: string): CSSStyleSheet;
/**
 * What all elements of the kit are. A subclass names its `attributes`, which `define` makes properties of that live in the attributes alone,
 * its `template` and `styles`, and writes what follows from its state in `update`, which runs once after any number of changes.
 */
export declare abstract class AlgaElement extends HTMLElement {
    /** By the property's name; the attribute's is the same in lower case. */
    static readonly attributes: Readonly<Record<string, Default>>;
    /** Attributes that are only watched. */
    static readonly watched: readonly string[];
    static readonly styles: readonly CSSStyleSheet[];
    static readonly template: string;
    static readonly delegatesFocus: boolean;
    static get observedAttributes(): string[];
    protected readonly root: ShadowRoot;
    private stale;
    constructor();
    connectedCallback(): void;
    disconnectedCallback(): void;
    attributeChangedCallback(): void;
    /** Have `update` run soon. */
    protected invalidate(): void;
    /** Bring what is shown in line with the state. */
    protected update(): void;
    /** An element of the template. */
    protected find<E extends Element = HTMLElement>(selector: string): E;
    /** Answers false when a listener cancelled it. */
    protected emit(name: string, detail?: unknown, cancelable?: boolean): boolean;
}
/** Make the class's properties and register it as `alga-<name>`; a second copy of the kit in a page changes nothing. */
export declare function define(name: string, element: typeof AlgaElement & (new () => AlgaElement)): void;
/** Set the text of an element, if it is another: what is written into a slot is heard as its change, and live regions speak whenever theirs is set. */
export declare function say(element: Element, text: string): void;
/** Set an attribute, or remove it for null and the empty string. */
export declare function put(element: Element, attribute: string, value: string | null): void;
