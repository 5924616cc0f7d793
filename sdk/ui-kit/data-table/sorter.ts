import type { Column, Fitting } from './columns.js';
import { make, offer } from './dom.js';
import type { Sort } from './sorting.js';
import type { Texts } from './texts.js';

/** A choice of orders above the table, while the header of a column that sorts has no room. */
export class Sorter<Row> {
  private readonly name = make('span');
  private readonly select = make('select');
  private choices: Sort[] = [];

  constructor(
    private readonly element: HTMLElement,
    chosen: (sort: Sort) => void,
  ) {
    element.append(this.name, this.select);
    this.select.addEventListener('change', () => {
      const choice = this.choices[Number(this.select.value)];
      if (choice) chosen(choice);
    });
  }

  update(columns: readonly Column<Row>[], { hidden }: Fitting<Row>, sort: Sort | null, texts: Texts): void {
    this.element.hidden = !hidden.some(({ sortable }) => sortable);
    if (this.element.hidden) return;
    this.name.textContent = texts.sortBy;
    this.choices = columns
      .filter(({ sortable }) => sortable)
      .flatMap(({ key }) => [{ key, direction: 'asc' }, { key, direction: 'desc' }] as const);
    const nameOf = (choice: Sort): string => texts.sortedBy(columns.find(({ key }) => key === choice.key)?.header ?? '', choice.direction);
    const present = this.choices.findIndex(({ key, direction }) => key === sort?.key && direction === sort.direction);
    const choices = this.choices.map((choice, place) => [String(place), nameOf(choice)] as const);
    // No order is not to be chosen: it is offered only while it is how things are.
    offer(this.select, present < 0 ? [['-1', texts.unsorted], ...choices] : choices, String(present));
  }
}
