export const SIDES = ['top', 'bottom', 'left', 'right'] as const;
export type Side = (typeof SIDES)[number];

const GAP = 6; // CSS pixels, between the two and to the viewport's edge
const OPPOSITE: Readonly<Record<Side, Side>> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' };

/** Move a fixed element to a side of another; to the opposite one where it does not fit, and into the viewport along the side. */
export function place(element: HTMLElement, anchor: Element, side: Side): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = element.getBoundingClientRect();
  const room: Record<Side, number> = { top: at.top - height, bottom: innerHeight - at.bottom - height, left: at.left - width, right: innerWidth - at.right - width };
  const to = room[side] < GAP && room[OPPOSITE[side]] > room[side] ? OPPOSITE[side] : side;
  const isVertical = to === 'top' || to === 'bottom';
  const x = isVertical ? at.left + (at.width - width) / 2 : to === 'left' ? at.left - width - GAP : at.right + GAP;
  const y = !isVertical ? at.top + (at.height - height) / 2 : to === 'top' ? at.top - height - GAP : at.bottom + GAP;
  element.style.left = `${Math.max(GAP, Math.min(x, innerWidth - width - GAP))}px`;
  element.style.top = `${Math.max(GAP, Math.min(y, innerHeight - height - GAP))}px`;
}
