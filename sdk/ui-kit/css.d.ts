/** The build makes a style sheet's text, minified, of these. */
declare module '*.css' {
  const text: string;
  export default text;
}
