import { useRef, useState } from "react";
import { useSend } from "../app/useApi";
import { useKey } from "../app/useKey";
import type { Document } from "../contract";

/** An answer without errors: a field is null only in place of an error. */
type Answered<Data> = { [Field in keyof Data]: NonNullable<Data[Field]> };

export interface Intent<Data, Input> {
  /** Sends it; null where no answer came. */
  send: (wish: Omit<Input, "idempotencyKey">) => Promise<Answered<Data> | null>;
  sending: boolean;
  /** Why no answer came, or what the service said in its place; null where it answered. */
  trouble: string | null;
}

/**
 * A mutation as something that somebody wants: sent again after trouble it has its first key, so that it is done once;
 * the same wish after an answer is another one.
 */
export function useIntent<Data, Input extends { idempotencyKey: string }>(
  document: Document<Data, { input: Input }>,
): Intent<Data, Input> {
  const [post, sending] = useSend(document);
  const keyFor = useKey();
  const answers = useRef(0);
  const [trouble, setTrouble] = useState<string | null>(null);
  const send = async (wish: Omit<Input, "idempotencyKey">) => {
    setTrouble(null);
    const input = { ...wish, idempotencyKey: keyFor([answers.current, wish]) } as Input;
    const { data, failure } = await post({ input });
    setTrouble(failure);
    if (failure === null) answers.current += 1;
    return data as Answered<Data> | null;
  };
  return { send, sending, trouble };
}
