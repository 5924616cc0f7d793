// Custom elements for the pages of extensions; importing it defines them.
import { provideTokens } from './theme.js';

export { AlgaButton } from './button/button.js';
export type { Column } from './data-table/columns.js';
export { AlgaDataTable } from './data-table/data-table.js';
export type { Pagination } from './data-table/paging.js';
export type { Sort } from './data-table/sorting.js';
export type { Texts } from './data-table/texts.js';
export { AlgaDialog } from './dialog/dialog.js';
export { AlgaAlert } from './display/alert.js';
export { AlgaBadge } from './display/badge.js';
export { AlgaCard } from './display/card.js';
export { AlgaSkeleton } from './display/skeleton.js';
export { AlgaSpinner } from './display/spinner.js';
export { AlgaStack } from './display/stack.js';
export { AlgaText } from './display/text.js';
export { AlgaCheckbox } from './forms/checkbox.js';
export { AlgaInput } from './forms/input.js';
export { AlgaLabel } from './forms/label.js';
export { AlgaSearchInput } from './forms/search-input.js';
export { AlgaSelect } from './forms/select.js';
export { AlgaSwitch } from './forms/switch.js';
export { AlgaTab, AlgaTabPanel } from './tabs/tab.js';
export { AlgaTabs } from './tabs/tabs.js';
export { darkTokens, lightTokens, type Tokens } from './tokens.js';
export { AlgaTooltip } from './tooltip/tooltip.js';

provideTokens();
