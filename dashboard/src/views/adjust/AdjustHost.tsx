import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../../live/store";
import { adjusting } from "./adjusting";

const AdjustDialog = lazy(() => import("./AdjustDialog"));

/** Shows the dialog over whichever view opened it. */
export function AdjustHost() {
  const start = useStore(adjusting);
  const close = () => adjusting.set(null);
  useEffect(() => close, []);
  return <Suspense>{start && <AdjustDialog start={start} onClose={close} />}</Suspense>;
}
