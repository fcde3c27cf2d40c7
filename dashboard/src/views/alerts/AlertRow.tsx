import { Button } from "@mantine/core";
import { memo } from "react";
import { useMay } from "../../app/ViewerContext";
import { Cell } from "../../parts/ListTable";
import { Told } from "../../parts/Told";
import type { Level } from "../../parts/level";
import { useFormats, useText } from "../../text/useText";
import { AdjustButton } from "../adjust/AdjustButton";
import { Acknowledge } from "./Acknowledge";
import { type Alert, tones } from "./useAlerts";
import { words } from "./words";

interface AlertRowProps {
  alert: Alert;
  level: Level | undefined;
  onReceive: (alert: Alert) => void;
}

/** One alert, with what can be done about it. */
export const AlertRow = memo(function AlertRow({ alert, level, onReceive }: AlertRowProps) {
  const text = useText(words);
  const formats = useFormats();
  const { none } = useText();
  const { item, sku, location, kind, status, threshold, endsAbove } = alert;
  const units = (count: number) => formats.quantity(count, item.quantityScale);
  return (
    <tr role="row" data-sku={sku} data-status={status}>
      <Cell label={text.kind}>
        <Told tone={tones[kind]}>{text.kinds[kind]}</Told>
      </Cell>
      <Cell label={text.item}>
        <strong>{sku}</strong> <div className="quiet">{item.name}</div>
      </Cell>
      <Cell label={text.location}>{location.code}</Cell>
      <Cell label={text.left} number>
        {units(level?.availableToPromise ?? alert.remainingQuantity)}
        {threshold !== null && endsAbove !== null && (
          <div className="quiet">{text.threshold(units(threshold), units(endsAbove))}</div>
        )}
      </Cell>
      <Cell label={text.incoming} number>
        {level ? units(level.quantityIncoming) : none}
      </Cell>
      <Cell label={text.opened}>
        {formats.moment(alert.openedAt)}
        <div className="quiet">{alert.acknowledgedAt ? seen(alert.acknowledgedAt) : text.states[status]}</div>
      </Cell>
      <Cell label={text.acts}>
        <div className="acts">
          <Acknowledge alert={alert} />
          <AdjustButton sku={sku} location={location.code} />
          <ReceiveButton alert={alert} onReceive={onReceive} />
        </div>
      </Cell>
    </tr>
  );

  function seen(moment: string): string {
    return text.seenBy(alert.acknowledgedBy ?? "", formats.moment(moment));
  }
});

function ReceiveButton({ alert, onReceive }: Pick<AlertRowProps, "alert" | "onReceive">) {
  const text = useText(words);
  const may = useMay("receiveStock");
  if (!may) return null;
  const label = text.receiveOf(alert.sku, alert.location.code);
  return (
    <Button size="xs" variant="default" aria-label={label} onClick={() => onReceive(alert)}>
      {text.receive}
    </Button>
  );
}
