import { Button, CloseButton } from "@mantine/core";
import { useEffect, useState } from "react";
import { format, useAddress } from "../../app/address";
import { useStore } from "../../live/store";
import { Told } from "../../parts/Told";
import { useFormats, useText } from "../../text/useText";
import { Fresh } from "./fresh";
import "./toasts.css";
import { type Alert, tones, useAlerts } from "./useAlerts";
import { words } from "./words";

/**
 * Tells of each alert that opens while the page is open, whichever view is shown: the newest by name, others by number. Where
 * the list itself shows them they are told aloud alone.
 */
export default function AlertToasts() {
  const text = useText(words);
  const formats = useFormats();
  const stream = useAlerts();
  const [fresh] = useState(() => new Fresh());
  useEffect(() => fresh.follow(stream), [fresh, stream]);
  const { view } = useAddress();
  const alerts = useStore(fresh.alerts);
  const [newest] = alerts;
  return (
    // It is there before anything is told in it: what comes with its region is not read out.
    <div className="toasts" role="status" aria-label={text.toastRegion}>
      {newest && view === "alerts" && <span className="sr-only">{toldOf(newest)}</span>}
      {newest && view !== "alerts" && (
        <div
          className="toast"
          onPointerEnter={() => fresh.hold(true)}
          onPointerLeave={() => fresh.hold(false)}
          onFocus={() => fresh.hold(true)}
          onBlur={() => fresh.hold(false)}
        >
          <Told tone={tones[newest.kind]}>
            <strong>{toldOf(newest)}</strong>
          </Told>
          {alerts.length > 1 && <div className="quiet">{text.toasts(formats.number(alerts.length))}</div>}
          <Button component="a" href={format({ view: "alerts" })} size="xs" variant="default" onClick={fresh.dismiss}>
            {text.show}
          </Button>
          <CloseButton aria-label={text.dismiss} onClick={fresh.dismiss} />
        </div>
      )}
    </div>
  );

  function toldOf({ kind, item, location }: Alert): string {
    return text.toast(text.kinds[kind], item.name, location.code);
  }
}
