/** A drawing of lines in the text's colour, which screen readers pass over. */
export function icon(lines: string, size = 16): string {
  return `<svg viewBox="0 0 ${size} ${size}" width="${size}" height="${size}" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${lines}</svg>`;
}

export const CROSS = icon('<path d="m4 4 8 8m0-8-8 8"/>');
