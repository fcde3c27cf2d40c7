import { Dialog } from "../../parts/Dialog";
import { useText } from "../../text/useText";
import { AdjustForm } from "./AdjustForm";
import type { Start } from "./adjusting";
import { words } from "./words";

/** The same form over whatever somebody was looking at. */
export default function AdjustDialog({ start, onClose }: { start: Start; onClose: () => void }) {
  const text = useText(words);
  return (
    <Dialog title={text.title} size="xl" onClose={onClose}>
      <AdjustForm start={start} />
    </Dialog>
  );
}
