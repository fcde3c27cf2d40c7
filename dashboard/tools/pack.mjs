/**
 * Writes beside each built file what it is compressed by gzip, which the service sends to whoever takes it. What would
 * not be smaller stays alone.
 *
 *   node tools/pack.mjs [dist]
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));

for (const folder of [dist, join(dist, "assets")])
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (statSync(file).isFile() && !name.startsWith(".")) pack(file);
  }

function pack(file) {
  const plain = readFileSync(file);
  const packed = gzipSync(plain, { level: 9 });
  if (packed.length < plain.length) writeFileSync(`${file}.gz`, packed);
}
