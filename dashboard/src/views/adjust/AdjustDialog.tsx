import { useStore } from "../../live/store";
import { Dialog } from "../../parts/Dialog";
import { useText } from "../../text/useText";
import { AdjustForm } from "./AdjustForm";
import type { Start } from "./adjusting";
import { isEntered } from "./lines";
import { useDraft } from "./useDraft";
import { words } from "./words";

/** The same form over whatever somebody was looking at. */
export default function AdjustDialog({ start, onClose }: { start: Start; onClose: () => void }) {
  const text = useText(words);
  const draft = useDraft(start);
  const { lines } = useStore(draft.entered);
  return (
    <Dialog title={text.title} size="xl" onClose={onClose} entered={lines.some(isEntered)}>
      <AdjustForm draft={draft} start={start} />
    </Dialog>
  );
}
