import { existsSync, readFileSync } from "node:fs";
import { Picture } from "inventory-contract/live";

/**
 * What a watcher of `document` needs: the first argument is the path of the demo's
 * `demo.json`, of which `address` ("websocket" or "sse") names the endpoint, or JSON `{"url", "token", "query"?,
 * "variables"?, "retryAttempts"?}`. Without an argument the JSON comes on stdin, where a token stays out of the process
 * list. A second argument is JSON of variables. Bad options end the process with one sentence.
 */
export function readOptions(document, address) {
  try {
    const given = readGiven();
    const { url, token, ...rest } = given.tokens ? { url: given[address], token: given.tokens.manager } : given;
    if (!url) throw new Error('"url" is missing: the address of the GraphQL endpoint');
    if (!token) throw new Error('"token" is missing: a bearer token, without the word Bearer');
    return {
      url,
      token,
      query: rest.query ?? document.text,
      variables: rest.variables ?? { snapshot: true, ...readVariables() },
      retryAttempts: rest.retryAttempts ?? Infinity,
    };
  } catch (fault) {
    process.stderr.write(`${fault.message}\n`);
    process.exit(2);
  }
}

function readGiven() {
  const [given] = process.argv.slice(2);
  if (given?.trimStart().startsWith("{")) return JSON.parse(given);
  if (given && !existsSync(given)) {
    throw new Error(`${given} is not there: \`make run\` writes .data/demo.json and removes it when it stops`);
  }
  if (!given && process.stdin.isTTY) {
    throw new Error("name the demo's file, .data/demo.json, or give the options as JSON on stdin");
  }
  const text = readFileSync(given ?? 0, "utf8");
  if (!text.trim()) throw new Error(`${given ?? "stdin"} is empty: name the demo's file, or give the options as JSON on stdin`);
  return JSON.parse(text);
}

function readVariables() {
  const given = process.argv[3];
  if (!given) return {};
  try {
    return JSON.parse(given);
  } catch {
    throw new Error(`${given} is no JSON: give variables such as {"filter": {"skus": ["OUT-TENT-1P-ORG"]}}`);
  }
}

/**
 * One subscription and what became of it, told as JSON lines on stdout: `{"kind", "atMs", …}` with `atMs` in
 * milliseconds since 1970, with fractions. Kinds: connected, event, disconnected (with the service's code and reason,
 * where it gave any), error, complete, and at the end final, with all that is held. `field` is where an event has its thing.
 */
export class Watch {
  #field;
  #events = 0;
  #refused = false;
  #ended = false;

  constructor(field, { query, variables }) {
    this.#field = field;
    this.picture = new Picture(field);
    this.request = { query, variables };
    // Whoever read the lines has seen enough, as `| head` has.
    process.stdout.on("error", (fault) => {
      if (fault.code !== "EPIPE") throw fault;
      process.exit(0);
    });
  }

  receive({ data, errors }) {
    const atMs = now();
    if (errors) this.refuse(errors, atMs);
    // The one root field of a subscription, by whatever alias.
    const event = data && Object.values(data)[0];
    if (!event) return;
    this.#events += 1;
    const applied = this.picture.apply(event);
    this.report("event", { atMs, applied, event });
  }

  refuse(errors, atMs = now()) {
    this.#refused = true;
    this.report("error", { atMs, errors });
  }

  report(kind, fields = {}) {
    process.stdout.write(`${JSON.stringify({ kind, atMs: now(), ...fields })}\n`);
  }

  /** Ends with SIGTERM or Ctrl-C. */
  endOnSignal() {
    process.once("SIGTERM", () => this.end());
    process.once("SIGINT", () => this.end());
  }

  /** Prints the final picture and ends the process, with status 1 after an error; only the first call counts. */
  end() {
    if (this.#ended) return;
    this.#ended = true;
    const held = { [`${this.#field}s`]: this.picture.things() };
    this.report("final", { events: this.#events, cursor: this.picture.cursor, ...held });
    // A pipe may still hold lines: leave when the last one is written.
    process.stdout.write("", () => process.exit(this.#refused ? 1 : 0));
  }
}

/** Milliseconds between tries: doubling from 100 to 5,000, half of it random, so that many clients do not return at once. */
export async function backOff(retries) {
  const ceiling = Math.min(100 * 2 ** retries, 5000);
  await new Promise((resolve) => setTimeout(resolve, ceiling * (0.5 + Math.random() / 2)));
}

function now() {
  return performance.timeOrigin + performance.now();
}
