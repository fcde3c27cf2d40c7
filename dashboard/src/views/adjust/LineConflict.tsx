import { Button } from "@mantine/core";
import { Conflict } from "../../parts/Conflict";
import { useFormats, useText } from "../../text/useText";
import type { Line, Seen } from "./lines";
import { words } from "./words";

interface LineConflictProps {
  line: Line;
  now: Seen;
  /** Whether other corrections are under way. */
  busy: boolean;
  onAgain: () => void;
}

/** What somebody saw on hand, what is there now, and what their change would make of it. */
export function LineConflict({ line, now, busy, onAgain }: LineConflictProps) {
  const text = useText(words);
  const formats = useFormats();
  const scale = line.item.quantityScale;
  const units = (count: number) => formats.quantity(count, scale);
  const change = line.change ?? 0;
  return (
    <Conflict>
      <p>
        {text.conflictSaw(units(line.seen?.quantityOnHand ?? 0))} <strong>{text.conflictNow(units(now.quantityOnHand))}</strong>{" "}
        {text.conflictAfter(formats.change(change, scale), units(now.quantityOnHand + change))}
      </p>
      <Button size="xs" onClick={onAgain} disabled={busy}>
        {text.conflictAgain(units(now.quantityOnHand))}
      </Button>
    </Conflict>
  );
}
