import { Button, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ReceiveStockDocument } from "../../contract";
import { Dialog } from "../../parts/Dialog";
import { byField, type FieldErrors } from "../../parts/fieldErrors";
import { Messages } from "../../parts/Messages";
import { QuantityInput } from "../../parts/QuantityInput";
import { TroubleNote } from "../../parts/TroubleNote";
import { useIntent } from "../../parts/useIntent";
import { useFormats, useText } from "../../text/useText";
import type { Alert } from "./useAlerts";
import { words } from "./words";

const FIELDS = ["quantity", "unitCost", "reference", "note"];

/** Takes in goods that arrived where an alert says that they are short. */
export function ReceiveDialog({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const text = useText(words);
  const formats = useFormats();
  const { send, sending, trouble } = useIntent(ReceiveStockDocument);
  const [quantity, setQuantity] = useState<number | null>(null);
  const [texts, setTexts] = useState({ unitCost: "", reference: "", note: "" });
  const [errors, setErrors] = useState<FieldErrors>({});
  const [received, setReceived] = useState<string | null>(null);
  const scale = alert.item.quantityScale;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (quantity === null) return setErrors({ quantity: text.missing });
    setErrors({});
    const answer = await send({ sku: alert.sku, location: alert.location.code, quantity, ...told(texts) });
    if (!answer) return;
    const { userErrors, stockLevel } = answer.receiveStock;
    if (userErrors.length > 0) setErrors(byField(userErrors, FIELDS));
    else setReceived(text.received(formats.quantity(stockLevel?.quantityOnHand ?? 0, scale)));
  };
  const field = (name: keyof typeof texts) => ({
    label: text[name],
    value: texts[name],
    onChange: (event: { currentTarget: { value: string } }) => setTexts({ ...texts, [name]: event.currentTarget.value }),
    error: errors[name],
  });
  return (
    <Dialog title={text.receiveOf(alert.sku, alert.location.code)} onClose={onClose}>
      {received !== null ? (
        <div className="fields">
          <p role="status">{received}</p>
          <Button onClick={onClose} data-autofocus>
            {text.back}
          </Button>
        </div>
      ) : (
        <form className="fields" onSubmit={submit} noValidate>
          <QuantityInput
            label={text.quantity}
            withAsterisk
            units={quantity}
            onUnits={setQuantity}
            scale={scale}
            allowNegative={false}
            error={errors.quantity}
            data-autofocus
          />
          <TextInput {...field("unitCost")} description={text.unitCostHint} inputMode="decimal" />
          <TextInput {...field("reference")} maxLength={200} />
          <Textarea {...field("note")} maxLength={2000} />
          <Messages message={errors[""]} />
          <TroubleNote trouble={trouble} />
          <div className="acts">
            <Button type="submit" loading={sending}>
              {text.receive}
            </Button>
            <Button variant="default" onClick={onClose}>
              {text.back}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** What was filled in; a cost is a decimal text, written with a point whatever the reader's language. */
function told(texts: { unitCost: string; reference: string; note: string }) {
  return {
    unitCost: texts.unitCost.trim().replace(",", ".") || null,
    reference: texts.reference.trim() || null,
    note: texts.note.trim() || null,
  };
}
