export interface Sort {
    /** A column's key. */
    key: string;
    direction: 'asc' | 'desc';
}
/** What choosing a column's header makes of the present order: ascending, and descending the second time. */
export declare function toggled(sort: Sort | null, key: string): Sort;
/** A copy of the rows in that order: numbers and dates by value, texts as the user's language has it, missing values last both ways. */
export declare function sorted<Row>(rows: readonly Row[], sort: Sort): Row[];
