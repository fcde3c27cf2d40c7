import { Button } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useAnswer } from "../../app/useApi";
import { LocationsDocument } from "../../contract";
import { useConnection } from "../../live/LiveContext";
import { useStore } from "../../live/store";
import { Failure } from "../../parts/Failure";
import { ListTable } from "../../parts/ListTable";
import { Messages } from "../../parts/Messages";
import { TroubleNote } from "../../parts/TroubleNote";
import { useReasons } from "../../parts/useReasons";
import { useFormats, useText } from "../../text/useText";
import "./adjust.css";
import type { Start } from "./adjusting";
import type { Draft } from "./draft";
import { LineRow } from "./LineRow";
import { isDone, isOpen, type Line, type reduce, scanned } from "./lines";
import { Scanner, type ScanRule } from "./Scanner";
import { SharedFields } from "./SharedFields";
import { useCorrections } from "./useCorrections";
import { type Lookup, useFinder } from "./useFinder";
import { words } from "./words";

/** Corrections of any number of SKUs: entered or scanned, sent together, and each with what became of it. */
export function AdjustForm({ draft, start }: { draft: Draft; start?: Start }) {
  const text = useText(words);
  const formats = useFormats();
  const { act, set } = draft;
  const { lines, shared, rule } = useStore(draft.entered);
  const sending = useStore(draft.sending);
  const { send, trouble, faults } = useCorrections(draft);
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const { reasons, ...asked } = useReasons();
  const { data: places, ...sought } = useAnswer(LocationsDocument, {});
  const failure = asked.failure ?? sought.failure;
  const ask = () => {
    if (asked.failure !== null) asked.again();
    if (sought.failure !== null) sought.again();
  };
  useBack(ask);
  const { told, scan } = useScans(act, rule);
  useStart(start, act);
  const open = lines.filter(isOpen);
  const unanswered = lines.filter(({ sent }) => sent !== null);
  const locations = places?.locations.nodes ?? [];

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (sending) return;
    if (unanswered.length > 0) return void send(unanswered.map(({ id }) => id));
    const whole = shared.reasonCode !== "" && open.every((line) => line.change !== null && line.change !== 0);
    setMissing(!whole);
    if (whole && open.length > 0) void send(open.map(({ id }) => id));
  };
  const again = (line: Line) => {
    if (line.outcome?.kind !== "conflict") return;
    act({ kind: "accept", id: line.id });
    void send([line.id]);
    field.current?.focus();
  };

  const clear = () => {
    act({ kind: "clear" });
    // The button goes with what is done.
    field.current?.focus();
  };

  if (failure !== null) return <Failure message={failure} onAgain={ask} />;
  return (
    <form className="fields adjust" onSubmit={submit} noValidate>
      <Scanner rule={rule} onRule={(next) => set({ rule: next })} onCode={scan} told={told} locations={locations} field={field} />
      {lines.length === 0 ? (
        <p className="quiet">{text.empty}</p>
      ) : (
        <ListTable caption={text.lines} columns={columns()}>
          {lines.map((line) => (
            <LineRow
              key={line.id}
              line={line}
              act={act}
              missing={missing}
              locations={locations}
              busy={sending || unanswered.length > 0}
              sending={sending}
              onAgain={again}
            />
          ))}
        </ListTable>
      )}
      <SharedFields
        shared={shared}
        onShared={(next) => set({ shared: next })}
        reasons={reasons}
        errors={missing && shared.reasonCode === "" ? { ...faults, reasonCode: text.missing.reason } : faults}
      />
      <Messages message={faults[""]} />
      <TroubleNote trouble={trouble ?? (unanswered.length > 0 && !sending ? text.noAnswer : null)} />
      <div className="acts">
        <Button type="submit" loading={sending} disabled={open.length === 0 && unanswered.length === 0}>
          {unanswered.length > 0 && !sending
            ? text.again(formats.number(unanswered.length))
            : text.send(formats.number(open.length))}
        </Button>
        {lines.some(isDone) && (
          <Button variant="default" onClick={clear}>
            {text.next}
          </Button>
        )}
        <span role="status">{summary()}</span>
      </div>
    </form>
  );

  function columns() {
    return [
      { name: text.item },
      { name: text.location },
      { name: text.seen, number: true },
      { name: text.change, number: true },
      { name: text.after, number: true },
      { name: text.result },
      { name: text.remove, hidden: true },
    ];
  }

  function summary(): string {
    const count = (...kinds: string[]) =>
      formats.number(lines.filter(({ outcome }) => outcome && kinds.includes(outcome.kind)).length);
    const settled = lines.some(({ outcome }) => outcome !== null);
    return settled ? text.summary(count("applied"), count("waiting"), count("refused", "conflict")) : "";
  }
}

type Act = (action: Parameters<typeof reduce>[1]) => void;

/** Makes a line of each scan, or says why there is none. */
function useScans(act: Act, rule: ScanRule) {
  const text = useText(words);
  const formats = useFormats();
  const find = useFinder();
  const [told, setTold] = useState<{ message: string; failed: boolean } | null>(null);
  const scan = async (code: string) => {
    const looked = await find(code);
    if (looked.kind === "found") {
      act({ kind: "add", found: looked.found, location: rule.location, change: scanned(looked.found, rule.each) });
    }
    setTold({ message: messageOf(looked, code), failed: looked.kind !== "found" });
  };
  return { told, scan: (code: string) => void scan(code) };

  function messageOf(looked: Lookup, code: string): string {
    switch (looked.kind) {
      case "found":
        return text.found(looked.found.item.name, formats.change(rule.each));
      case "several":
        return text.several(code, looked.skus.join(", "));
      case "unknown":
        return text.unknown(code);
      case "unread":
        return text.notRead(code, looked.why);
    }
  }
}

/** Does something each time the connection is back. */
function useBack(ask: () => void): void {
  const { state } = useConnection();
  const wanted = useRef(ask);
  wanted.current = ask;
  const { phase } = useStore(state);
  useEffect(() => {
    if (phase === "live") wanted.current();
  }, [phase]);
}

/** The line that the form was opened for, with nothing entered yet. */
function useStart(start: Start | undefined, act: Act): void {
  const find = useFinder();
  useEffect(() => {
    if (!start) return;
    let left = false;
    void find(start.sku).then((looked) => {
      if (looked.kind === "found" && !left) act({ kind: "add", found: looked.found, location: start.location, change: null });
    });
    return () => {
      left = true;
    };
  }, [start, find, act]);
}
