import type { Fitting } from './columns.js';
import type { Sort } from './sorting.js';
import type { Texts } from './texts.js';
/** The header row, and the widths of the columns. */
export declare class Head<Row> {
    private readonly row;
    private readonly widths;
    private readonly chosen;
    private readonly buttons;
    constructor(row: HTMLTableRowElement, widths: Element, chosen: (key: string) => void);
    replace({ shown, hidden }: Fitting<Row>, texts: Texts): void;
    /** Show which order the rows have. */
    mark(sort: Sort | null): void;
    private button;
}
