/** What is looked at, from the checkout's folder. */
export const LOOKED_AT = ["dashboard", "frontend-contract", "lint", "tests/browser"];

/** What is made by other programs is as they make it. */
export const MADE = [
  "**/node_modules/**",
  "**/dist/**",
  "frontend-contract/client/documents.d.ts",
  "frontend-contract/client/documents.js",
  "frontend-contract/client/live.d.ts",
  "frontend-contract/client/mock.d.ts",
  "frontend-contract/client/shapes.js",
];
