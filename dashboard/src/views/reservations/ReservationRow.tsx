import { memo } from "react";
import { Cell } from "../../parts/ListTable";
import { Told } from "../../parts/Told";
import { useFormats, useText } from "../../text/useText";
import { Countdown } from "./Countdown";
import { type Listed, tones } from "./reservation";
import { words } from "./words";

interface ReservationRowProps {
  reservation: Listed;
  onOpen: (id: string) => void;
}

/** One reservation in a list, with its first lines. */
export const ReservationRow = memo(function ReservationRow({ reservation, onOpen }: ReservationRowProps) {
  const text = useText(words);
  const { reservationStatus } = useText();
  const formats = useFormats();
  const { id, orderId, status, lines, createdAt } = reservation;
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const sum = (of: "quantityAllocated" | "quantityBackordered") =>
    formats.number(lines.reduce((units, line) => units + line[of] / 10 ** (line.item?.quantityScale ?? 0), 0));
  return (
    <tr role="row" data-order={orderId} data-status={status}>
      <Cell label={text.order}>
        <button type="button" className="open-thing" aria-label={text.openOf(orderId)} onClick={() => onOpen(id)}>
          {orderId}
        </button>
      </Cell>
      <Cell label={text.status}>
        <Told tone={tones[status]}>{reservationStatus[status]}</Told>
      </Cell>
      <Cell label={text.lines}>
        {formats.number(lines.length)}{" "}
        <span className="quiet">{skus.slice(0, 3).join(", ") + (skus.length > 3 ? " …" : "")}</span>
      </Cell>
      <Cell label={text.held} number>
        {sum("quantityAllocated")}
      </Cell>
      <Cell label={text.waiting} number>
        {sum("quantityBackordered")}
      </Cell>
      <Cell label={text.expires}>
        <Countdown reservation={reservation} />
      </Cell>
      <Cell label={text.since}>{formats.moment(createdAt)}</Cell>
    </tr>
  );
});
