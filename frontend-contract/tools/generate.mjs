/**
 * Writes what of ../client is made: the typed documents from ../schema.graphql and ../operations, and the declarations of
 * the modules that are written by hand.
 *
 *   node generate.mjs [FOLDER]
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "@graphql-codegen/cli";
import { buildSchema, isAbstractType, isEnumType, isIntrospectionType } from "graphql";

const contract = fileURLToPath(new URL("..", import.meta.url));
const client = join(contract, "client");
const made = process.argv[2] ?? client;
const written = ["live.js", "mock.js"];

/** What a scalar of the schema is in JSON. */
const scalars = {
  BigInt: "number",
  Cursor: "string",
  Date: "string",
  DateTime: "string",
  Decimal: "string",
  ID: "string",
  JSON: "unknown",
};

/** TypeScript of the client preset: the types of the operations, what they use of the schema, and the documents. */
async function generated() {
  const files = await generate(
    {
      schema: join(contract, "schema.graphql"),
      documents: join(contract, "operations", "*.graphql"),
      silent: true,
      generates: {
        "made/": {
          preset: "client",
          presetConfig: { fragmentMasking: false },
          config: {
            scalars,
            strictScalars: true,
            useTypeImports: true,
            enumType: "const",
            namingConvention: { enumValues: "keep" },
          },
        },
      },
    },
    false,
  );
  return files.find(({ filename }) => filename.endsWith("graphql.ts")).content;
}

/** The same without a dependency, each document with its text and its hash as the manifest has them. */
function complete(source) {
  const { operations } = JSON.parse(readFileSync(join(contract, "persisted-documents.json"), "utf8"));
  const sent = new Map(operations.map(({ name, id, body }) => [name, { documentId: `sha256:${id}`, text: body }]));
  const foreign = "import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';";
  if (!source.includes(foreign)) throw new Error(`the preset no longer writes ${foreign}`);
  const own =
    'import type { Document as DocumentNode } from "./document.js";\n' +
    'export type { Document, ResultOf, VariablesOf } from "./document.js";';
  return source
    .replace(foreign, own)
    .replace(
      /^export const (\w+)Document = (\{.*\}) as unknown as /gm,
      (_, name, tree) =>
        `export const ${name}Document = ${JSON.stringify({ ...JSON.parse(tree), ...sent.get(name) })} as unknown as `,
    );
}

/** What mocks know of the schema: its fields, the kinds of its interfaces and the values of its enums, a type a line. */
function shapes() {
  const schema = buildSchema(readFileSync(join(contract, "schema.graphql"), "utf8"));
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const table = (name, form, comment, entries) =>
    `/** ${comment} @type {Record<string, ${form}>} */\nexport const ${name} = {\n` +
    `${entries.map(([key, value]) => `  ${key}: ${JSON.stringify(value)},\n`).join("")}};\n`;
  const objects = types.filter(({ astNode }) => astNode?.kind === "ObjectTypeDefinition");
  const fieldsOf = (type) => Object.fromEntries(Object.values(type.getFields()).map((each) => [each.name, String(each.type)]));
  return [
    table(
      "fields",
      "Record<string, string>",
      "Of each type the types of its fields.",
      objects.map((each) => [each.name, fieldsOf(each)]),
    ),
    table(
      "kinds",
      "string[]",
      "Of each interface and union what it may be.",
      types.filter(isAbstractType).map((each) => [each.name, schema.getPossibleTypes(each).map(({ name }) => name)]),
    ),
    table(
      "values",
      "string[]",
      "Of each enum its values.",
      types.filter(isEnumType).map((each) => [each.name, each.getValues().map(({ name }) => name)]),
    ),
  ].join("\n");
}

function compile(folder, ...given) {
  const tsc = join(contract, "tools", "node_modules", ".bin", "tsc");
  const options = ["--ignoreConfig", "--declaration", "--strict", "--target", "es2022", "--module", "esnext"];
  execFileSync(tsc, [...options, "--moduleResolution", "bundler", "--types", "", "--outDir", folder, ...given], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}

const room = mkdtempSync(join(tmpdir(), "inventory-contract-"));
try {
  writeFileSync(join(room, "document.d.ts"), readFileSync(join(client, "document.d.ts")));
  writeFileSync(join(room, "documents.ts"), complete(await generated()));
  compile(made, join(room, "documents.ts"));
  writeFileSync(join(made, "shapes.js"), shapes());
  const sources = written.map((name) => join(client, name));
  compile(room, "--allowJs", "--checkJs", "--emitDeclarationOnly", ...sources);
  for (const name of written.map((each) => each.replace(/js$/, "d.ts"))) copyFileSync(join(room, name), join(made, name));
} finally {
  rmSync(room, { recursive: true });
}
