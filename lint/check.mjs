/**
 * Types, rules and format of all that is written in TypeScript and JavaScript, at once.
 *
 *   node check.mjs            # what `make check` does
 *   node check.mjs --format   # writes the format
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LOOKED_AT, MADE } from "./files.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const EXTENSIONS = "{ts,tsx,js,mjs,css}";
const PRETTIER = ["lint", "prettier", "--config", "lint/prettier.json", "--log-level", "warn"];
const files = [...LOOKED_AT.map((folder) => `${folder}/**/*.${EXTENSIONS}`), ...MADE.map((pattern) => `!${pattern}`)];

const checks = [
  ["dashboard", "tsc", "--noEmit", "--project", "dashboard"],
  ["dashboard", "tsc", "--noEmit", "--project", "frontend-contract"],
  ["lint", "eslint", "--config", "lint/eslint.config.mjs", "--max-warnings", "0", ...LOOKED_AT],
  [...PRETTIER, "--check", ...files],
];
const asked = process.argv[2] === "--format" ? [[...PRETTIER, "--write", ...files]] : checks;
const codes = await Promise.all(asked.map(run));
if (codes.some((code) => code !== 0)) {
  console.error("stockcast: mend the format of TypeScript with `cd lint && npm run format`, the rest by hand");
  process.exit(1);
}

/** Runs a program of a folder's packages in the checkout; what it says comes whole, not in between others'. */
function run([folder, program, ...given]) {
  const child = spawn(`${root}/${folder}/node_modules/.bin/${program}`, given, { cwd: root });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  return new Promise((resolve) => {
    child.on("error", (fault) => (said += fault.message));
    child.on("close", (code) => {
      process.stderr.write(said);
      resolve(code ?? 1);
    });
  });
}
