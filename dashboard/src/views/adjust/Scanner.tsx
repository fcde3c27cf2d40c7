import { Button, NativeSelect, TextInput } from "@mantine/core";
import { type KeyboardEvent, type RefObject, useState } from "react";
import { useText } from "../../text/useText";
import { useWedge } from "./useWedge";
import { words } from "./words";

export interface ScanRule {
  /** What each scan adds, 1 or -1. */
  each: number;
  /** Code of the location at which is scanned; null: where the item lies. */
  location: string | null;
}

interface ScannerProps {
  rule: ScanRule;
  onRule: (rule: ScanRule) => void;
  onCode: (code: string) => void;
  /** What came of the last scan. */
  told: { message: string; failed: boolean } | null;
  locations: readonly { code: string; name: string }[];
  field: RefObject<HTMLInputElement | null>;
}

/** Where codes come in, from a scanner or by hand, and what each of them means. */
export function Scanner({ rule, onRule, onCode, told, locations, field }: ScannerProps) {
  const text = useText(words);
  const [entered, setEntered] = useState("");
  useWedge(field, onCode);
  const take = () => {
    const code = entered.trim();
    if (code !== "") onCode(code);
    setEntered("");
    field.current?.focus();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    // The form is sent by its button: Enter ends each scan.
    event.preventDefault();
    take();
  };
  return (
    <fieldset className="filters plain">
      <TextInput
        ref={field}
        label={text.scan}
        description={text.scanHint}
        value={entered}
        onChange={(event) => setEntered(event.currentTarget.value)}
        onKeyDown={press}
        autoComplete="off"
        data-autofocus
        error={told?.failed ? told.message : undefined}
      />
      <Button variant="default" onClick={take}>
        {text.add}
      </Button>
      <NativeSelect
        label={text.each}
        value={String(rule.each)}
        onChange={(event) => onRule({ ...rule, each: Number(event.currentTarget.value) })}
        data={[
          { value: "1", label: text.eachUp },
          { value: "-1", label: text.eachDown },
        ]}
      />
      {locations.length > 1 && (
        <NativeSelect
          label={text.scanAt}
          value={rule.location ?? ""}
          onChange={(event) => onRule({ ...rule, location: event.currentTarget.value || null })}
          data={[
            { value: "", label: text.anyLocation },
            ...locations.map(({ code, name }) => ({ value: code, label: `${code} · ${name}` })),
          ]}
        />
      )}
      <span role="status" className="sr-only">
        {told && !told.failed && told.message}
      </span>
    </fieldset>
  );
}
