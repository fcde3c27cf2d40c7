/**
 * Prints what the first view takes when it is fetched, as pack.mjs has left it, and fails above the bound: everything
 * that index.html, its imports and the chunk of the view `stock` bring along, styles and fonts included.
 *
 *   node tools/size.mjs
 */
import { existsSync, readFileSync, statSync } from "node:fs";

const BOUND_KB = 250;
const FIRST = ["index.html", "src/views/stock/StockView.tsx"];

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const chunks = new Set();
for (const name of FIRST) gather(name);
const files = new Set(["index.html"]);
for (const name of chunks)
  for (const file of [manifest[name].file, ...(manifest[name].css ?? []), ...(manifest[name].assets ?? [])]) files.add(file);

const sizes = [...files].map((file) => [file, sent(file)]);
const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
for (const [file, bytes] of sizes.sort(([, a], [, b]) => b - a)) console.log(`${kb(bytes).padStart(9)}  ${file}`);
console.log(`${kb(total).padStart(9)}  the first view, gzip (at most ${BOUND_KB} kB)`);
if (total > BOUND_KB * 1000) {
  console.error(`The first view is above ${BOUND_KB} kB: load what it does not need at first in a chunk of its own.`);
  process.exit(1);
}

function gather(name) {
  if (chunks.has(name)) return;
  if (!manifest[name]) throw new Error(`${name} is in no chunk: is it still what the first view loads?`);
  chunks.add(name);
  for (const imported of manifest[name].imports ?? []) gather(imported);
}

function sent(file) {
  const packed = new URL(`${file}.gz`, dist);
  return statSync(existsSync(packed) ? packed : new URL(file, dist)).size;
}

function kb(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
