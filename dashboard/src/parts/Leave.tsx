import { Button } from "@mantine/core";
import { useText } from "../text/useText";
import "./conflict.css";
import { Told } from "./Told";
import { words } from "./words";

/** Asks whether what was entered may go. */
export function Leave({ onLeave, onStay }: { onLeave: () => void; onStay: () => void }) {
  const text = useText(words);
  return (
    <div className="conflict" role="alert">
      <Told tone="warn">
        <strong>{text.leave}</strong>
      </Told>
      <div className="acts">
        <Button size="xs" onClick={onStay} autoFocus>
          {text.stay}
        </Button>
        <Button size="xs" variant="default" onClick={onLeave}>
          {text.discard}
        </Button>
      </div>
    </div>
  );
}
