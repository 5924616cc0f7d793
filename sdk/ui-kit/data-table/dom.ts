/** An element with those properties and children; strings are text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Have a choice offer those values with those texts, in their order. What it offers already stays, so that a list that is open stays open. */
export function offer(select: HTMLSelectElement, choices: readonly (readonly [value: string, text: string])[], chosen: string): void {
  const offered = [...select.options];
  const same = choices.every(([value, text], place) => offered[place]?.value === value && offered[place].textContent === text);
  if (!same || offered.length !== choices.length) {
    select.replaceChildren(...choices.map(([value, text]) => make('option', { value }, text)));
  }
  select.value = chosen;
}
