import { useEffect, useMemo } from "react";
import { useViewer } from "../../app/ViewerContext";
import { useStore } from "../../live/store";
import type { Start } from "./adjusting";
import { Draft, draftOf } from "./draft";
import { isEntered } from "./lines";

/** The viewer's draft; a form that was opened for something has one of its own, which goes with it. */
export function useDraft(start?: Start): Draft {
  const { tenant, subject } = useViewer();
  const draft = useMemo(() => (start ? new Draft(null, []) : draftOf([tenant.slug, subject])), [start, tenant.slug, subject]);
  useEffect(() => () => draft.leave(), [draft]);
  useAskedBeforeUnload(draft);
  return draft;
}

/** Where the browser keeps nothing, it asks before the page goes with what is not done. */
function useAskedBeforeUnload(draft: Draft): void {
  const kept = useStore(draft.kept);
  const { lines } = useStore(draft.entered);
  const lost = !kept && lines.some(isEntered);
  useEffect(() => {
    if (!lost) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [lost]);
}
