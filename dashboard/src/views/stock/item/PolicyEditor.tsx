import { Alert, Button, NumberInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { SetStockPolicyDocument } from "../../../contract";
import { Dialog } from "../../../parts/Dialog";
import { byField, type FieldErrors } from "../../../parts/fieldErrors";
import { Messages } from "../../../parts/Messages";
import { QuantityInput } from "../../../parts/QuantityInput";
import { TroubleNote } from "../../../parts/TroubleNote";
import { useIntent } from "../../../parts/useIntent";
import { useFormats, useText } from "../../../text/useText";
import type { LevelPolicy } from "./ItemLevels";
import { words } from "./words";

/** Base units, shown and entered as the item is counted. */
const QUANTITIES = ["lowStockThreshold", "reorderPoint", "safetyStock", "overstockThreshold"] as const;
const FIELDS = [...QUANTITIES, "staleAfterDays"] as const;
type Field = (typeof FIELDS)[number];
type Policy = Record<Field, number | null>;

interface PolicyEditorProps {
  sku: string;
  /** The decimal places that the item's quantities are shown with. */
  scale: number;
  /** As it is now: it goes on being read while the editor is open. */
  level: LevelPolicy;
  onClose: () => void;
}

/** Sets when a level counts as low, as too much and as stale. What was not touched is not sent, and so stays. */
export function PolicyEditor({ sku, scale, level, onClose }: PolicyEditorProps) {
  const text = useText(words);
  const shared = useText();
  const formats = useFormats();
  const { send, sending, trouble } = useIntent(SetStockPolicyDocument);
  const [seen, setSeen] = useState(() => policyOf(level));
  const [wanted, setWanted] = useState(seen);
  const [errors, setErrors] = useState<FieldErrors>({});
  const now = policyOf(level);
  const moved = FIELDS.filter((field) => now[field] !== seen[field]);
  const changed = FIELDS.filter((field) => wanted[field] !== seen[field]);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setErrors({});
    const answer = await send({ sku, location: level.location.code, ...only(wanted, changed) });
    const refused = answer?.setStockPolicy.userErrors;
    if (refused?.length === 0) onClose();
    else if (refused) setErrors(byField(refused, FIELDS));
  };
  /** What somebody else set is taken over where the reader has not written himself. */
  const look = () => {
    setWanted((known) => ({ ...known, ...only(now, moved.filter((field) => known[field] === seen[field])) }));
    setSeen(now);
  };
  /** What every field has beside its number. */
  const about = (field: Field, shown: (value: number) => string) => ({
    label: text.policy[field],
    description: moved.includes(field) && text.policy.theirs(now[field] === null ? text.policy.nothing : shown(now[field])),
    error: errors[field],
    min: 0,
  });
  const set = (field: Field, value: number | null) => setWanted((known) => ({ ...known, [field]: value }));
  return (
    <Dialog title={text.edit(level.location.code)} onClose={onClose}>
      <form className="fields" onSubmit={save}>
        <p>{text.policy.hint}</p>
        {QUANTITIES.map((field) => (
          <QuantityInput
            key={field}
            {...about(field, (units) => formats.quantity(units, scale))}
            units={wanted[field]}
            onUnits={(units) => set(field, units)}
            scale={scale}
          />
        ))}
        <NumberInput
          {...about("staleAfterDays", formats.number)}
          value={wanted.staleAfterDays ?? ""}
          onChange={(value) => set("staleAfterDays", value === "" ? null : Number(value))}
          allowDecimal={false}
          hideControls
        />
        {moved.length > 0 && <Alert color="yellow">{text.policy.moved}</Alert>}
        <Messages message={errors[""]} />
        <TroubleNote trouble={trouble} />
        <div className="acts">
          {moved.length > 0 ? (
            <Button onClick={look}>{shared.understood}</Button>
          ) : (
            <Button type="submit" loading={sending} disabled={changed.length === 0}>
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

function policyOf(level: LevelPolicy): Policy {
  return only(level, FIELDS) as Policy;
}

function only(policy: Policy, fields: readonly Field[]): Partial<Policy> {
  return Object.fromEntries(fields.map((field) => [field, policy[field]]));
}
