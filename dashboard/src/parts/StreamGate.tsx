import type { ReactNode } from "react";
import { useStore } from "../live/store";
import type { Stream, Versioned } from "../live/stream";
import { Failure } from "./Failure";
import { Waiting } from "./Waiting";

/** Shows what a stream tells once its first snapshot is whole; where the service refuses to tell, why. */
export function StreamGate<T extends Versioned>({ stream, children }: { stream: Stream<T>; children: ReactNode }) {
  const { filled, failure } = useStore(stream.state);
  if (failure !== null) return <Failure message={failure} />;
  return filled ? children : <Waiting />;
}
