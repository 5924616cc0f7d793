import type { Paging } from './paging.js';
import type { Texts } from './texts.js';
/** What is below the rows: which of how many are shown, how many a page has, and the way to the others. */
export declare class Pager {
    private readonly element;
    private readonly range;
    private readonly sizeName;
    private readonly sizes;
    private readonly size;
    private readonly place;
    private readonly buttons;
    private targets;
    constructor(element: HTMLElement, turned: (page: number) => void, resized: (pageSize: number) => void);
    update(paging: Paging | undefined, texts: Texts): void;
}
