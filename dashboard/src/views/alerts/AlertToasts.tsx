import { Button, CloseButton } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { format, useAddress } from "../../app/address";
import { Told } from "../../parts/Told";
import { useFormats, useText } from "../../text/useText";
import { Newcomers } from "./newcomers";
import "./toasts.css";
import { type Alert, tones, useAlerts } from "./useAlerts";
import { words } from "./words";

/** So long a toast stands, unless somebody points at it or has the focus in it. */
const STANDS_MS = 10_000;

/**
 * Tells of each alert that opens while the page is open, whichever view is shown: the newest by name, others by number. Where
 * the list itself shows them they are told aloud alone.
 */
export default function AlertToasts() {
  const text = useText(words);
  const formats = useFormats();
  const fresh = useFresh();
  const [held, setHeld] = useState(false);
  const { view } = useAddress();
  const [newest] = fresh.alerts;
  useEffect(() => {
    if (!newest || held) return;
    const over = setTimeout(fresh.dismiss, STANDS_MS);
    return () => clearTimeout(over);
  }, [newest, held, fresh.dismiss]);
  return (
    // It is there before anything is told in it: what comes with its region is not read out.
    <div className="toasts" role="status" aria-label={text.toastRegion}>
      {newest && view === "alerts" && <span className="sr-only">{toldOf(newest)}</span>}
      {newest && view !== "alerts" && (
        <div
          className="toast"
          onPointerEnter={() => setHeld(true)}
          onPointerLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
        >
          <Told tone={tones[newest.kind]}>
            <strong>{toldOf(newest)}</strong>
          </Told>
          {fresh.alerts.length > 1 && <div className="quiet">{text.toasts(formats.number(fresh.alerts.length))}</div>}
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

/** The alerts that opened and were not dismissed yet, the newest first. */
function useFresh(): { alerts: readonly Alert[]; dismiss: () => void } {
  const stream = useAlerts();
  const newcomers = useRef(new Newcomers());
  const [alerts, setAlerts] = useState<readonly Alert[]>([]);
  const dismiss = useRef(() => setAlerts([])).current;
  useEffect(() => {
    const { picture } = stream;
    let filled = false;
    // Those of the first snapshot stood before this page was opened.
    const fill = () => {
      if (!filled && stream.state.get().filled) newcomers.current.know(Array.from(picture.entries(), ([, alert]) => alert));
      filled = stream.state.get().filled;
    };
    fill();
    const unfollow = stream.state.subscribe(fill);
    const unsubscribe = stream.subscribe((changed) => {
      if (!filled) return;
      const told = newcomers.current.among([...changed].flatMap((id) => picture.get(id) ?? []));
      if (told.length > 0) setAlerts((known) => [...told.reverse(), ...known]);
    });
    return () => {
      unfollow();
      unsubscribe();
    };
  }, [stream]);
  return { alerts, dismiss };
}
