import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { ReasonCodesQuery } from "../../contract";
import type { FieldErrors } from "../../parts/fieldErrors";
import { useText } from "../../text/useText";
import type { Shared } from "./lines";
import { words } from "./words";

interface SharedFieldsProps {
  shared: Shared;
  onShared: (shared: Shared) => void;
  reasons: ReasonCodesQuery["reasonCodes"];
  errors: FieldErrors;
}

/** Why stock is corrected: the same for all lines of a form. */
export function SharedFields({ shared, onShared, reasons, errors }: SharedFieldsProps) {
  const text = useText(words);
  const needsNote = reasons.find(({ code }) => code === shared.reasonCode)?.requiresNote ?? false;
  const offered = reasons
    .filter(({ active }) => active)
    .map(({ code, name, direction }) => ({
      value: code,
      label: text.ways[direction] ? `${name} (${text.ways[direction]})` : name,
    }));
  return (
    <div className="fields side">
      <NativeSelect
        label={text.reason}
        withAsterisk
        aria-required
        value={shared.reasonCode}
        onChange={(event) => onShared({ ...shared, reasonCode: event.currentTarget.value })}
        data={[{ value: "", label: text.chooseReason }, ...offered]}
        error={errors.reasonCode}
      />
      <TextInput
        label={text.reference}
        value={shared.reference}
        onChange={(event) => onShared({ ...shared, reference: event.currentTarget.value })}
        maxLength={200}
        error={errors.reference}
      />
      <Textarea
        label={text.note}
        withAsterisk={needsNote}
        aria-required={needsNote}
        description={needsNote ? text.noteNeeded : undefined}
        value={shared.note}
        onChange={(event) => onShared({ ...shared, note: event.currentTarget.value })}
        maxLength={2000}
        error={errors.note}
      />
    </div>
  );
}
