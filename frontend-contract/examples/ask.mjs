import { existsSync, readFileSync } from "node:fs";

/** What the service refused: `userErrors` of a mutation, or GraphQL's `errors`. */
export class Refused extends Error {
  constructor(errors) {
    super(errors.map(({ message }) => message).join(" "));
    this.errors = errors;
  }
}

/**
 * A function that asks for documents of the contract with this token, and hands on what the one field of a document holds.
 * A document goes by its hash: the service knows the contract's from its start.
 */
export function asker(url, token) {
  return async function ask({ documentId }, variables = {}) {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ documentId, variables }),
    });
    const { data, errors } = await answer.json();
    if (errors) throw new Refused(errors);
    const [told] = Object.values(data);
    if (told?.userErrors?.length) throw new Refused(told.userErrors);
    return told;
  };
}

/** A mutation's variables, under a key of its own: to send the same again, keep them. */
export function keyed(input) {
  return { input: { idempotencyKey: crypto.randomUUID(), ...input } };
}

/**
 * Runs a program that asks as somebody of `role`, or of another one by `ask.as(role)`: the first argument is the path of the
 * demo's `demo.json`, the others are the program's. What it returns is printed as JSON; what is refused ends it with one
 * sentence and status 1.
 */
export async function run(role, program) {
  const [file, ...given] = process.argv.slice(2);
  if (!file || !existsSync(file)) {
    process.stderr.write(
      `${file ?? "demo.json"} is not there: \`make run\` writes .data/demo.json and removes it when it stops\n`,
    );
    process.exit(2);
  }
  const { graphql, tokens } = JSON.parse(readFileSync(file, "utf8"));
  const as = (other) => Object.assign(asker(graphql, tokens[other]), { as });
  try {
    console.log(JSON.stringify(await program(as(role), ...given), null, 2));
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    process.stderr.write(`${fault.message}\n`);
    process.exitCode = 1;
  }
}
