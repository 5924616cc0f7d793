/** Give the page the tokens that nobody sets, light or dark, and follow the host and the user. */
export declare function provideTokens(): void;
