/** What `make check` asks of TypeScript and JavaScript beside types and format. */
import { fileURLToPath } from "node:url";
import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";
import { MADE } from "./files.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dashboard = ["dashboard/src/**/*.{ts,tsx}", "dashboard/graphiql/**/*.{ts,tsx}"];

export default defineConfig(
  globalIgnores(MADE),
  js.configs.recommended,
  // It takes what is only given by `??=` for unused.
  { rules: { "no-unused-private-class-members": "off" } },
  { files: ["**/*.ts", "**/*.tsx"], extends: [tseslint.configs.strict] },
  {
    files: dashboard,
    plugins: { "react-hooks": hooks },
    languageOptions: { parserOptions: { project: "dashboard/tsconfig.json", tsconfigRootDir: root } },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-floating-promises": "error",
      // React takes a handler that is awaited by nobody: what fails in it is told by what it calls.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  // What stands for any operation's types is any.
  { files: ["frontend-contract/client/document.d.ts"], rules: { "@typescript-eslint/no-explicit-any": "off" } },
  { files: ["**/*.mjs", "**/*.js"], languageOptions: { globals: globals.node } },
  // What runs in the page stands among what drives it.
  { files: ["tests/browser/*.mjs"], languageOptions: { globals: { ...globals.browser, axe: "readonly" } } },
);
