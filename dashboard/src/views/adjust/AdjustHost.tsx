import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../../live/store";
import { isSignedIn, session } from "../../app/session";
import { useViewer } from "../../app/ViewerContext";
import { adjusting } from "./adjusting";
import { forgetDraft } from "./draft";

const AdjustDialog = lazy(() => import("./AdjustDialog"));

/** Shows the dialog over whichever view opened it. */
export function AdjustHost() {
  const start = useStore(adjusting);
  const close = () => adjusting.set(null);
  useEffect(() => close, []);
  useForgottenDraft();
  return <Suspense>{start && <AdjustDialog start={start} onClose={close} />}</Suspense>;
}

/** Who signs out leaves nothing behind; whose session has expired finds it when they are back. */
function useForgottenDraft(): void {
  const { tenant, subject } = useViewer();
  useEffect(
    () => () => {
      const known = session.get();
      if (!isSignedIn(known) && known.why === null) forgetDraft([tenant.slug, subject]);
    },
    [tenant.slug, subject],
  );
}
