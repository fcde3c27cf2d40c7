import { Button, NumberInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { SetStockPolicyDocument } from "../../../contract";
import { Dialog } from "../../../parts/Dialog";
import { byField, type FieldErrors } from "../../../parts/fieldErrors";
import { Messages } from "../../../parts/Messages";
import { QuantityInput } from "../../../parts/QuantityInput";
import { TroubleNote } from "../../../parts/TroubleNote";
import { useIntent } from "../../../parts/useIntent";
import { useFormats, useText } from "../../../text/useText";
import type { LevelPolicy } from "./ItemLevels";
import { differing, type Field, FIELDS, only, type Policy, policyOf, QUANTITIES, type VersionedPolicy } from "./policy";
import { PolicyConflict } from "./PolicyConflict";
import { words } from "./words";

interface PolicyEditorProps {
  sku: string;
  /** The decimal places that the item's quantities are shown with. */
  scale: number;
  /** As it is now: it goes on being read while the editor is open. */
  level: LevelPolicy;
  /** The level as the service told it, set or not: that may be newer than what was read. */
  onTold: (level: VersionedPolicy) => void;
  onClose: () => void;
}

/** Sets when a level counts as low, as too much and as stale. What was not touched stays. */
export function PolicyEditor({ sku, scale, level, onTold, onClose }: PolicyEditorProps) {
  const text = useText(words);
  const formats = useFormats();
  const { send, sending, trouble } = useIntent(SetStockPolicyDocument);
  const [seen, setSeen] = useState(() => policyOf(level));
  const [wanted, setWanted] = useState(seen);
  const [errors, setErrors] = useState<FieldErrors>({});
  const form = useRef<HTMLFormElement>(null);
  const now = policyOf(level);
  const moved = differing(now, seen);
  const wrote = differing(wanted, seen);

  /** Nothing is set where other thresholds stand by then than the reader has been shown. */
  const save = async (shown: Policy) => {
    setErrors({});
    const answer = await send({ sku, location: level.location.code, ...only(wanted, wrote), expected: shown });
    if (!answer) return;
    const { stockLevel, userErrors } = answer.setStockPolicy;
    if (stockLevel) onTold(stockLevel);
    if (userErrors.length === 0) onClose();
    else setErrors(byField(userErrors, FIELDS));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (moved.length === 0) void save(seen);
  };
  /** Goes on from what is there now, with what was written of these fields. */
  const goOn = (kept: readonly Field[]) => {
    setErrors({});
    setWanted({ ...now, ...only(wanted, kept) });
    setSeen(now);
    // The button that was pressed goes with the conflict.
    (form.current?.elements.namedItem(moved[0] ?? "") as HTMLElement | null)?.focus();
  };
  const keep = () => {
    goOn(wrote);
    void save(now);
  };
  const said = (field: Field, value: number | null) => {
    if (value === null) return text.policy.nothing;
    return field === "staleAfterDays" ? formats.number(value) : formats.quantity(value, scale);
  };
  /** What every field has beside its number; a conflict says itself what it is about. */
  const about = (field: Field) => ({
    label: text.policy[field],
    name: field,
    error: moved.length === 0 && errors[field],
    min: 0,
  });
  const set = (field: Field, value: number | null) => setWanted((known) => ({ ...known, [field]: value }));
  return (
    <Dialog title={text.edit(level.location.code)} onClose={onClose}>
      <form className="fields" ref={form} onSubmit={submit}>
        <p>{text.policy.hint}</p>
        {QUANTITIES.map((field) => (
          <QuantityInput
            key={field}
            {...about(field)}
            units={wanted[field]}
            onUnits={(units) => set(field, units)}
            scale={scale}
          />
        ))}
        <NumberInput
          {...about("staleAfterDays")}
          value={wanted.staleAfterDays ?? ""}
          onChange={(value) => set("staleAfterDays", value === "" ? null : Number(value))}
          allowDecimal={false}
          hideControls
        />
        {moved.length > 0 ? (
          <PolicyConflict
            {...{ moved, seen, now }}
            wrote={only(wanted, wrote)}
            shown={said}
            onKeep={keep}
            onTake={() => goOn(wrote.filter((field) => !moved.includes(field)))}
          />
        ) : (
          <Messages message={errors[""]} />
        )}
        <TroubleNote trouble={trouble} />
        <div className="acts">
          {moved.length === 0 && (
            <Button type="submit" loading={sending} disabled={wrote.length === 0}>
              {text.policy.save}
            </Button>
          )}
          <Button variant="default" onClick={onClose}>
            {text.policy.cancel}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
