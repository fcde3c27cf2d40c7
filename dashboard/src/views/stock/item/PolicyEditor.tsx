import { Alert, Button, Group, Modal, NumberInput, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useSend } from "../../../app/useApi";
import { useKey } from "../../../app/useKey";
import { SetStockPolicyDocument, type StockPolicyInput } from "../../../contract";
import { Failure } from "../../../parts/Failure";
import { useFormats, useText } from "../../../text/useText";
import type { LevelPolicy } from "./ItemLevels";
import { words } from "./words";

const FIELDS = ["lowStockThreshold", "reorderPoint", "safetyStock", "overstockThreshold", "staleAfterDays"] as const;
type Field = (typeof FIELDS)[number];
type Policy = Record<Field, number | null>;

interface PolicyEditorProps {
  sku: string;
  /** As it is now: it goes on being read while the editor is open. */
  level: LevelPolicy;
  onClose: () => void;
}

/** Sets when a level counts as low, as too much and as stale. What was not touched is not sent, and so stays. */
export function PolicyEditor({ sku, level, onClose }: PolicyEditorProps) {
  const text = useText(words);
  const shared = useText();
  const formats = useFormats();
  const keyFor = useKey();
  const [send, sending] = useSend(SetStockPolicyDocument);
  const [seen, setSeen] = useState(() => policyOf(level));
  const [wanted, setWanted] = useState(seen);
  const [refused, setRefused] = useState<{ message: string; field: string | null } | null>(null);
  const now = policyOf(level);
  const moved = FIELDS.filter((field) => now[field] !== seen[field]);
  const changed = FIELDS.filter((field) => wanted[field] !== seen[field]);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const change = { sku, location: level.location.code, ...only(wanted, changed) };
    const input: StockPolicyInput = { ...change, idempotencyKey: keyFor(change) };
    const { data, failure } = await send({ input });
    const [error] = data?.setStockPolicy?.userErrors ?? [];
    if (failure !== null) setRefused({ message: failure, field: null });
    else if (error) setRefused({ message: error.message, field: error.field?.[0] ?? null });
    else onClose();
  };
  /** What somebody else set is taken over where the reader has not written himself. */
  const look = () => {
    setWanted((known) => ({ ...known, ...only(now, moved.filter((field) => known[field] === seen[field])) }));
    setSeen(now);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={text.edit(level.location.code)}
      closeButtonProps={{ "aria-label": shared.close }}
    >
      <form onSubmit={save}>
        <Stack gap="sm">
          <p>{text.policy.hint}</p>
          {refused?.field === null && <Failure message={refused.message} />}
          {FIELDS.map((field) => (
            <NumberInput
              key={field}
              label={text.policy[field]}
              description={moved.includes(field) && text.policy.theirs(now[field] === null ? text.policy.nothing : formats.number(now[field]))}
              value={wanted[field] ?? ""}
              onChange={(value) => setWanted({ ...wanted, [field]: value === "" ? null : Number(value) })}
              error={refused?.field === field && refused.message}
              min={0}
              allowDecimal={false}
            />
          ))}
          {moved.length > 0 && <Alert color="yellow">{text.policy.moved}</Alert>}
          <Group>
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
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function policyOf(level: LevelPolicy): Policy {
  return only(level, FIELDS) as Policy;
}

function only(policy: Policy, fields: readonly Field[]): Partial<Policy> {
  return Object.fromEntries(fields.map((field) => [field, policy[field]]));
}
