import { CloseButton } from "@mantine/core";
import { useState } from "react";
import type { Phase, Report } from "../live/connection";
import { useConnection } from "../live/LiveContext";
import { useStore } from "../live/store";
import { useFormats, useText } from "../text/useText";

/** Whether the picture is true, since when it may not be, and after a cut what came meanwhile; told aloud as well. */
export function ConnectionState() {
  const { phase, since, report } = useStore(useConnection().state);
  const text = useText();
  const formats = useFormats();
  const [dismissed, setDismissed] = useState<Report | null>(null);
  const told = report !== dismissed ? report : null;
  return (
    <div className="connection" data-phase={phase}>
      <Sign phase={phase} />
      <span role="status">
        <strong>{text.connection[phase]}</strong>
        {since !== null && phase !== "connecting" && ` ${text.connection.since(formats.time(since))}`}
        {told && ` · ${reported(told)}`}
      </span>
      {told && <CloseButton size="sm" aria-label={text.close} onClick={() => setDismissed(report)} />}
    </div>
  );

  function reported({ changes, cutAt, reset }: Report): string {
    const time = formats.time(cutAt);
    return reset ? text.connection.reset(time) : text.connection.report(changes, time);
  }
}

/** A sign for each state, told apart by shape and not by colour alone. */
function Sign({ phase }: { phase: Phase }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {phase === "live" && <circle cx="6" cy="6" r="5" fill="currentColor" />}
      {phase === "offline" && <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" strokeWidth="2.5" />}
      {phase === "late" && <path d="M6 1l5 10H1z" fill="currentColor" />}
      {(phase === "connecting" || phase === "catching up") && (
        <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeWidth="2" strokeDasharray="5 3" />
      )}
    </svg>
  );
}
