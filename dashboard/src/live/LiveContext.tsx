import { createContext, use, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Document } from "../contract";
import type { Connection } from "./connection";
import type { Stream, StreamEvent, Versioned } from "./stream";

const Live = createContext<Connection | null>(null);

export const LiveProvider = Live.Provider;

export function useConnection(): Connection {
  const connection = use(Live);
  if (!connection) throw new Error("useConnection is used outside of LiveProvider");
  return connection;
}

/** The event of a subscription: what stands in its one root field. */
type EventOf<Data> = Data extends object ? Data[keyof Data] & StreamEvent : never;

/** What a subscription tells about, under the name `Name` in its events. */
type ThingOf<Data, Name extends keyof EventOf<Data>> = NonNullable<EventOf<Data>[Name]> & Versioned;

/**
 * Follows a subscription of the contract as long as the component is there; `thing` is where its events have what they
 * tell about (`"level"`, `"alert"`, `"reservation"`, `"adjustment"`). Components that follow the same share one stream.
 */
export function useFollowed<Data, Variables, Name extends keyof EventOf<Data> & string>(
  document: Document<Data, Variables>,
  variables: Variables,
  thing: Name,
): Stream<ThingOf<Data, Name>> {
  const connection = useConnection();
  const asked = JSON.stringify(variables);
  const request = useMemo(
    () => ({ text: document.text, variables: JSON.parse(asked) as object, thing }),
    [document, asked, thing],
  );
  useEffect(() => {
    connection.follow(request);
    return () => connection.release(request);
  }, [connection, request]);
  return useMemo(() => connection.stream<ThingOf<Data, Name>>(request), [connection, request]);
}

/** All things of a stream in the order in which they came; a new list after each frame in which one changed. */
export function useThings<T extends Versioned>(stream: Stream<T>): readonly T[] {
  const [things, setThings] = useState(() => thingsOf(stream));
  useEffect(() => {
    const show = () => setThings(thingsOf(stream));
    show();
    return stream.subscribe(show);
  }, [stream]);
  return things;
}

function thingsOf<T extends Versioned>({ picture }: Stream<T>): T[] {
  return Array.from(picture.entries(), ([, thing]) => thing);
}

/** One thing of a stream as it is; undefined where the stream has none of this id. */
export function useThing<T extends Versioned>(stream: Stream<T>, nodeId: string): T | undefined {
  return useSyncExternalStore(
    (listener) => stream.subscribeThing(nodeId, listener),
    () => stream.picture.get(nodeId),
  );
}
