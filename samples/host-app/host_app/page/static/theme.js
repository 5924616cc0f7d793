// The product's look, light and dark: custom properties of this page, which frames get as well.

const THEMES = {
  light: {
    '--alga-primary': '#1d4ed8',
    '--alga-primary-foreground': '#ffffff',
    '--alga-fg': '#16202e',
    '--alga-muted-fg': '#56606f',
    '--alga-bg': '#ffffff',
    '--alga-card-bg': '#ffffff',
    '--alga-muted': '#eef1f6',
    '--alga-border': '#d3d9e2',
    '--alga-danger': '#b42318',
    '--alga-ring': '#1d4ed8',
  },
  dark: {
    '--alga-primary': '#8ab4ff',
    '--alga-primary-foreground': '#0b1526',
    '--alga-fg': '#e8ecf3',
    '--alga-muted-fg': '#a4afbf',
    '--alga-bg': '#10151d',
    '--alga-card-bg': '#171e29',
    '--alga-muted': '#202938',
    '--alga-border': '#344054',
    '--alga-danger': '#ff9d92',
    '--alga-ring': '#8ab4ff',
  },
};
const listeners = new Set();
const root = document.documentElement;
let theme = localStorage.getItem('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

export function tokens() {
  return THEMES[theme];
}

/** Hear the theme now and whenever it changes. */
export function onTheme(listener) {
  listeners.add(listener);
  listener(theme);
}

export function toggleTheme() {
  theme = theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('theme', theme);
  apply();
}

function apply() {
  root.dataset.theme = theme;
  for (const [name, value] of Object.entries(tokens())) root.style.setProperty(name, value);
  for (const listener of listeners) listener(theme);
}

if (!(theme in THEMES)) theme = 'light';
apply();
