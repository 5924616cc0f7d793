import type { Column, Fitting } from './columns.js';
import type { Sort } from './sorting.js';
import type { Texts } from './texts.js';
/** A choice of orders above the table, while the header of a column that sorts has no room. */
export declare class Sorter<Row> {
    private readonly element;
    private readonly name;
    private readonly select;
    private choices;
    constructor(element: HTMLElement, chosen: (sort: Sort) => void);
    update(columns: readonly Column<Row>[], { hidden }: Fitting<Row>, sort: Sort | null, texts: Texts): void;
}
