import { useEffect } from "react";
import { useAnswer } from "../../../app/useApi";
import { ReservationsDocument } from "../../../contract";
import { Failure } from "../../../parts/Failure";
import { Cell, ListTable } from "../../../parts/ListTable";
import { OPEN } from "../../../parts/reservationStatus";
import { Waiting } from "../../../parts/Waiting";
import { useFormats, useText } from "../../../text/useText";
import { words } from "./words";

const FIRST = 50;

/** The open reservations with a line of an item, the newest first. */
export function ItemReservations({ sku, scale, changes }: { sku: string; scale: number; changes: number }) {
  const text = useText(words);
  const shared = useText();
  const formats = useFormats();
  const { data, failure, again } = useAnswer(ReservationsDocument, { filter: { skus: [sku], status: [...OPEN] }, first: FIRST });
  useEffect(() => {
    if (changes > 0) again();
  }, [changes, again]);
  if (failure !== null) return <Failure message={failure} onAgain={again} />;
  if (!data?.reservations) return <Waiting />;
  const held = data.reservations.nodes.flatMap((reservation) =>
    reservation.lines.filter((line) => line.sku === sku).map((line, i) => ({ reservation, line, key: `${reservation.id} ${i}` })),
  );
  if (held.length === 0) return <p>{text.reservations.none}</p>;
  return (
    <ListTable caption={text.tabs.reservations} columns={columns()}>
      {held.map(({ reservation, line, key }) => (
        <tr key={key} role="row">
          <Cell label={text.reservations.order}>
            <strong>{reservation.orderId}</strong>
          </Cell>
          <Cell label={text.reservations.status}>{shared.reservationStatus[reservation.status] ?? reservation.status}</Cell>
          <Cell label={text.reservations.location}>{line.location?.code ?? shared.none}</Cell>
          <Cell label={text.reservations.units} number>
            {formats.quantity(line.quantity, scale)}
          </Cell>
          <Cell label={text.reservations.expires}>
            {reservation.expiresAt === null ? shared.none : formats.moment(reservation.expiresAt)}
          </Cell>
        </tr>
      ))}
    </ListTable>
  );

  function columns() {
    const { order, status, location, units, expires } = text.reservations;
    return [{ name: order }, { name: status }, { name: location }, { name: units, number: true }, { name: expires }];
  }
}
