/** An element with those properties and children; strings are text. */
export declare function make<K extends keyof HTMLElementTagNameMap>(tag: K, properties?: Partial<HTMLElementTagNameMap[K]>, ...children: (Node | string)[]): HTMLElementTagNameMap[K];
/** Have a choice offer those values with those texts, in their order. What it offers already stays, so that a list that is open stays open. */
export declare function offer(select: HTMLSelectElement, choices: readonly (readonly [value: string, text: string])[], chosen: string): void;
