import { sheet } from './base.js';
import { darkTokens, lightTokens, type Tokens } from './tokens.js';

const DARK = matchMedia('(prefers-color-scheme: dark)');

function rule(selector: string, scheme: 'light' | 'dark', tokens: Tokens): string {
  const values = Object.entries(tokens).map(([name, value]) => `${name}:${value}`);
  // :where() weighs nothing, so that whatever the page or its host says wins.
  return `:where(${selector}){color-scheme:${scheme};${values.join(';')}}`;
}

// A page that says nothing about them has the host's text and surface.
const PAGE = ':where(body){font-family:system-ui,sans-serif;background:var(--alga-bg)}:where(body,[data-theme]){color:var(--alga-fg)}';

const rootIsDark = sheet(rule(':root', 'dark', darkTokens));

/** Whether defaults are the dark ones when the page does not say `data-theme`: by the host's background, else by the user's preference. */
function prefersDark(): boolean {
  const background = document.documentElement.style.getPropertyValue('--alga-bg').trim();
  return background && CSS.supports('color', background) ? isDark(background) : DARK.matches;
}

function isDark(color: string): boolean {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d');
  if (!canvas) return DARK.matches;
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

function choose(): void {
  rootIsDark.disabled = !prefersDark();
}

/** Give the page the tokens that nobody sets, light or dark, and follow the host and the user. */
export function provideTokens(): void {
  const light = sheet(rule(':root', 'light', lightTokens));
  const said = sheet(rule('[data-theme=light]', 'light', lightTokens) + rule('[data-theme=dark]', 'dark', darkTokens) + PAGE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, light, rootIsDark, said];
  choose();
  DARK.addEventListener('change', choose);
  new MutationObserver(choose).observe(document.documentElement, { attributeFilter: ['style'] });
}
