import { type RefObject, useEffect, useRef } from "react";
import { Wedge } from "./wedge";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/**
 * Hears a scanner wherever the focus is, but in `own`, the field for scans, which sees to itself. What the burst typed
 * into another field is taken back.
 */
export function useWedge(own: RefObject<HTMLInputElement | null>, onScan: (code: string) => void): void {
  const heard = useRef(onScan);
  heard.current = onScan;
  useEffect(() => {
    const wedge = new Wedge();
    let before: { field: Field; value: string } | null = null;
    const listen = (event: KeyboardEvent) => {
      if (event.target === own.current || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key.length === 1 && wedge.isIdle(event.timeStamp)) before = valueOf(event.target);
      const code = wedge.press(event.key, event.timeStamp);
      if (code === null) return;
      event.preventDefault();
      event.stopPropagation();
      if (before) restore(before.field, before.value);
      heard.current(code);
    };
    // Before any field or dialog takes the Enter for itself.
    document.addEventListener("keydown", listen, { capture: true });
    return () => document.removeEventListener("keydown", listen, { capture: true });
  }, [own]);
}

function valueOf(target: EventTarget | null): { field: Field; value: string } | null {
  const isField =
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
  return isField ? { field: target, value: target.value } : null;
}

/** Sets a field's value as its user would: React hears of it by the event alone, and only if its own setter is passed by. */
function restore(field: Field, value: string): void {
  if (field.value === value) return;
  const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value");
  own?.set?.call(field, value);
  field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
}
