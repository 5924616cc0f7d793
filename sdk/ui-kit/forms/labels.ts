/** What names a control besides its own label: `aria-label`, else labels that are for it or around it. */
export function nameFromOutside(element: HTMLElement & { labels: NodeList }): string {
  const said = element.getAttribute('aria-label');
  if (said) return said;
  const root = element.getRootNode() as Document | ShadowRoot;
  const around = element.closest('alga-label');
  const kit = element.id ? [...root.querySelectorAll(`alga-label[for="${CSS.escape(element.id)}"]`)] : [];
  const labels = [...element.labels, ...kit, ...(around && !kit.includes(around) ? [around] : [])];
  return labels.map((label) => textOf(label, element)).filter(Boolean).join(' ');
}

/** The text of the label, without that of the control in it. */
function textOf(label: Node, control: Node): string {
  if (label === control) return '';
  if (label.nodeType === Node.TEXT_NODE) return label.textContent?.trim() ?? '';
  return [...label.childNodes].map((child) => textOf(child, control)).filter(Boolean).join(' ');
}
