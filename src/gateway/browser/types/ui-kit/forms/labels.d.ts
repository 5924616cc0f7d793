/** What names a control besides its own label: `aria-label`, else labels that are for it or around it. */
export declare function nameFromOutside(element: HTMLElement & {
    labels: NodeList;
}): string;
