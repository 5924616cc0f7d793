import { make, offer } from './dom.js';
import type { Paging } from './paging.js';
import type { Texts } from './texts.js';

/** What is below the rows: which of how many are shown, how many a page has, and the way to the others. */
export class Pager {
  private readonly range = make('span', { className: 'range' });
  private readonly sizeName = make('span');
  private readonly sizes = make('select');
  private readonly size = make('label', {}, this.sizeName, this.sizes);
  private readonly place = make('span');
  private readonly buttons = ['«', '‹', '›', '»'].map((icon) => make('button', { type: 'button', className: 'page' }, icon));
  private targets: number[] = [];

  constructor(
    private readonly element: HTMLElement,
    turned: (page: number) => void,
    resized: (pageSize: number) => void,
  ) {
    element.append(this.range, this.size, this.place, make('span', { className: 'buttons' }, ...this.buttons));
    this.sizes.addEventListener('change', () => resized(Number(this.sizes.value)));
    for (const [place, button] of this.buttons.entries()) {
      button.addEventListener('click', () => {
        const target = this.targets[place];
        if (target !== undefined && button.ariaDisabled !== 'true') turned(target);
      });
    }
  }

  update(paging: Paging | undefined, texts: Texts): void {
    this.element.hidden = !paging;
    if (!paging) return;
    const { page, pages, from, to, total, sizes, size } = paging;
    this.element.ariaLabel = texts.pages;
    this.range.textContent = from > 0 ? texts.rows(from, to, total) : '';
    this.place.textContent = texts.page(page, pages);
    this.size.hidden = sizes.length === 0;
    this.sizeName.textContent = texts.rowsPerPage;
    offer(this.sizes, sizes.map((one) => [String(one), String(one)]), String(size));
    this.targets = [1, page - 1, page + 1, pages];
    const names = [texts.firstPage, texts.previousPage, texts.nextPage, texts.lastPage];
    for (const [place, button] of this.buttons.entries()) {
      button.ariaLabel = names[place] ?? '';
      // Not `disabled`: the button of the last page would lose the focus to nobody when that is reached.
      button.ariaDisabled = String(place < 2 ? page === 1 : page === pages);
    }
  }
}
