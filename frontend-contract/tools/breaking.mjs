/**
 * What of an older SDL a newer one breaks: `node breaking.mjs OLDER NEWER YYYY-MM-DD` prints it as JSON.
 *
 * What the older one said would go may be gone once the day has come that its reason names.
 */
import { readFileSync } from "node:fs";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const [older, newer, today] = process.argv.slice(2);

/** The member of a type, or an argument of it, at a path such as `Query.items.filter`. */
function memberAt(schema, path) {
  const [typeName, memberName, argumentName] = path.split(".");
  const type = schema.getType(typeName);
  const member = type?.getFields?.()[memberName] ?? type?.getValue?.(memberName);
  return argumentName ? member?.args.find(({ name }) => name === argumentName) : member;
}

/** A rule of the inspector's: leaves out what was announced, in time. */
function announced({ changes, oldSchema }) {
  return changes.filter(({ type, path }) => {
    const [day] = (type.endsWith("_REMOVED") && memberAt(oldSchema, path)?.deprecationReason?.match(/\d{4}-\d{2}-\d{2}/)) || [];
    return !(day && day <= today);
  });
}

const [old, current] = [older, newer].map((file) => buildSchema(readFileSync(file, "utf8")));
const changes = await diff(old, current, [announced]);
const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
console.log(
  JSON.stringify(
    breaking.map(({ path, message }) => ({ path, message })),
    null,
    2,
  ),
);
