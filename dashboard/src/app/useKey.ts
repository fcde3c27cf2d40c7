import { useRef } from "react";

/**
 * An idempotency key for a mutation that a person decides on: the same for each try of the same content, so that what is
 * sent twice counts once, and another where the content is another.
 */
export function useKey(): (content: unknown) => string {
  const held = useRef({ content: "", key: "" });
  return (content) => {
    const text = JSON.stringify(content);
    if (held.current.content !== text) held.current = { content: text, key: newKey() };
    return held.current.key;
  };
}

/** Not `crypto.randomUUID`, which is missing on a page opened over plain HTTP by another machine's name. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dashboard-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
