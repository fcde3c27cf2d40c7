import { Button } from "@mantine/core";
import { type FormEvent, useEffect, useReducer, useRef, useState } from "react";
import { useAnswer } from "../../app/useApi";
import { AdjustStockBatchDocument, LocationsDocument } from "../../contract";
import { Failure } from "../../parts/Failure";
import type { FieldErrors } from "../../parts/fieldErrors";
import { ListTable } from "../../parts/ListTable";
import { Messages } from "../../parts/Messages";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import { useReasons } from "../../parts/useReasons";
import { useFormats, useText } from "../../text/useText";
import "./adjust.css";
import type { Start } from "./adjusting";
import { LineRow } from "./LineRow";
import { inputOf, isDone, isOpen, type Line, reduce, scanned, type Shared, sharedErrors } from "./lines";
import { Scanner, type ScanRule } from "./Scanner";
import { SharedFields } from "./SharedFields";
import { type Lookup, useFinder } from "./useFinder";
import { words } from "./words";

const NOTHING: Shared = { reasonCode: "", note: "", reference: "" };

/** Corrections of any number of SKUs: entered or scanned, sent together, and each with what became of it. */
export function AdjustForm({ start }: { start?: Start }) {
  const text = useText(words);
  const formats = useFormats();
  const [lines, act] = useReducer(reduce, []);
  const [shared, setShared] = useState(NOTHING);
  const [rule, setRule] = useState<ScanRule>({ each: 1, location: null });
  const [missing, setMissing] = useState(false);
  const [faults, setFaults] = useState<FieldErrors>({});
  const field = useRef<HTMLInputElement>(null);
  const { reasons, failure } = useReasons();
  const { data: places } = useAnswer(LocationsDocument, {});
  const batch = useIntent(AdjustStockBatchDocument);
  const { told, scan } = useScans(act, rule);
  useStart(start, act);
  const open = lines.filter(isOpen);
  const unfinished = lines.filter((line) => !isDone(line)).length;
  const locations = places?.locations.nodes ?? [];

  const send = async (wanted: readonly Line[]) => {
    setFaults({});
    act({ kind: "send", ids: wanted.map(({ id }) => id), shared });
    const answer = await batch.send({ lines: wanted.map((line) => inputOf(line, shared)) });
    if (!answer) return act({ kind: "unanswered" });
    const { results, userErrors } = answer.adjustStockBatch;
    act({ kind: "answered", results: new Map(results.map((result, at) => [wanted[at]?.id ?? 0, result])) });
    setFaults({ ...sharedErrors(results), ...(userErrors[0] && { "": userErrors[0].message }) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (batch.sending) return;
    const whole = shared.reasonCode !== "" && open.every((line) => line.change !== null && line.change !== 0);
    setMissing(!whole);
    if (whole && open.length > 0) void send(open);
  };
  const again = (line: Line) => {
    if (line.outcome?.kind !== "conflict") return;
    act({ kind: "accept", id: line.id });
    void send([{ ...line, seen: line.outcome.now }]);
  };

  if (failure !== null) return <Failure message={failure} />;
  return (
    <form className="fields adjust" onSubmit={submit} noValidate>
      <Scanner rule={rule} onRule={setRule} onCode={scan} told={told} locations={locations} field={field} />
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
              busy={batch.sending}
              onAgain={again}
            />
          ))}
        </ListTable>
      )}
      <SharedFields
        shared={shared}
        onShared={setShared}
        reasons={reasons}
        errors={missing && shared.reasonCode === "" ? { ...faults, reasonCode: text.missing.reason } : faults}
      />
      <Messages message={faults[""]} />
      <TroubleNote trouble={batch.trouble} />
      <div className="acts">
        <Button type="submit" loading={batch.sending} disabled={open.length === 0}>
          {text.send(formats.number(open.length))}
        </Button>
        {unfinished < lines.length && (
          <Button variant="default" onClick={() => act({ kind: "clear" })}>
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
