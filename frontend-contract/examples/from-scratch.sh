#!/bin/sh
# A front end from nothing: an empty Vite project, the contract's package from its folder, one typed live query, checked and
# built. Says how long each step took.
#
#   sh frontend-contract/examples/from-scratch.sh /tmp/my-front-end
#   cd /tmp/my-front-end && npx vite     # with `make run` running; TOKEN is asked for in the page
set -eu
[ $# -eq 1 ] || { echo "usage: sh $0 FOLDER, where the project is made" >&2; exit 2; }
CONTRACT=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1" && cd "$1"
began=$(date +%s) last=$(date +%s)

took() {
  now=$(date +%s)
  echo "$1: $((now - last)) s"
  last=$now
}

cat >package.json <<'JSON'
{ "name": "my-front-end", "private": true, "type": "module" }
JSON
npm install --silent --no-audit --no-fund --prefer-offline vite@^8 typescript@^7 graphql@^16 graphql-ws@^6 "$CONTRACT"
took "install"

mkdir -p src
cat >index.html <<'HTML'
<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Out of stock</title></head>
  <body><ul></ul><script type="module" src="/src/main.ts"></script></body>
</html>
HTML
cat >vite.config.ts <<'TYPESCRIPT'
export default { server: { proxy: { "/graphql": { target: "http://127.0.0.1:5005", ws: true } } } };
TYPESCRIPT
cat >tsconfig.json <<'JSON'
{
  "compilerOptions": {
    "target": "ES2022", "lib": ["ES2022", "DOM"], "module": "ESNext", "moduleResolution": "bundler", "types": [],
    "strict": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true, "noEmit": true
  },
  "include": ["src"]
}
JSON
cat >src/main.ts <<'TYPESCRIPT'
import { createClient } from "graphql-ws";
import { type ResultOf, StockLevelChangedDocument, StockStatus } from "inventory-contract";
import { Picture, request, resuming } from "inventory-contract/live";

type Level = NonNullable<ResultOf<typeof StockLevelChangedDocument>["stockLevelChanged"]["level"]>;

const token = prompt("A bearer token") ?? "";
const url = `${location.origin.replace(/^http/, "ws")}/graphql`;
const client = resuming(createClient({ url, connectionParams: { Authorization: `Bearer ${token}` }, shouldRetry: () => true }));
const picture = new Picture<Level, "level">("level");

function show({ sku, location, availableToPromise }: Level): HTMLLIElement {
  const line = document.createElement("li");
  line.textContent = `${sku} at ${location.code}: ${availableToPromise}`;
  return line;
}

client.subscribe(request(StockLevelChangedDocument, { snapshot: true, filter: { status: [StockStatus.OUT_OF_STOCK] } }), {
  next({ data }) {
    if (data && picture.apply(data.stockLevelChanged)) document.querySelector("ul")?.replaceChildren(...picture.things().map(show));
  },
  error: (cause) => console.error(cause),
  complete: () => {},
});
TYPESCRIPT
took "write"
npx tsc
took "check types"
npx vite build --logLevel warn
took "build"
echo "from scratch: $((last - began)) s"
