import { Button } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../app/ViewerContext";
import { AcknowledgeAlertDocument } from "../../contract";
import { Messages } from "../../parts/Messages";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import { useText } from "../../text/useText";
import type { Alert } from "./useAlerts";
import { words } from "./words";

/** Says that somebody has seen it; the stream then shows by whom. */
export function Acknowledge({ alert }: { alert: Alert }) {
  const text = useText(words);
  const may = useMay("acknowledgeAlert");
  const { send, sending, trouble } = useIntent(AcknowledgeAlertDocument);
  const [refused, setRefused] = useState<string | undefined>();
  if (!may || alert.status !== "OPEN") return null;
  const acknowledge = async () => {
    const answer = await send({ alertId: alert.id });
    setRefused(answer?.acknowledgeAlert.userErrors[0]?.message);
  };
  return (
    <>
      <Button
        size="xs"
        loading={sending}
        aria-label={text.acknowledgeOf(alert.sku, alert.location.code)}
        onClick={() => void acknowledge()}
      >
        {text.acknowledge}
      </Button>
      <Messages message={refused} />
      <TroubleNote trouble={trouble} />
    </>
  );
}
