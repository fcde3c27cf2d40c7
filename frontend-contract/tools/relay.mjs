/**
 * Holds an SDL against Relay's rules of connections: `node relay.mjs [FILE]` prints what is against them, as JSON.
 *
 * Edges may be of plain rows, which no `node(id:)` finds, and a connection has `nodes` beside its `edges`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import graphql from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";

const file = process.argv[2] ?? fileURLToPath(new URL("../schema.graphql", import.meta.url));
const sdl = readFileSync(file, "utf8");
const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: {
    files: ["**/*.graphql"],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: file } } },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
      "@graphql-eslint/relay-connection-types": "error",
      "@graphql-eslint/relay-edge-types": ["error", { shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
      "@graphql-eslint/relay-page-info": "error",
    },
  },
});
const [{ messages }] = await eslint.lintText(sdl, { filePath: "schema.graphql" });
console.log(
  JSON.stringify(
    messages.map(({ ruleId, line, message }) => ({ rule: ruleId, line, message })),
    null,
    2,
  ),
);
