import { useEffect } from "react";
import { useAnswer } from "../../../app/useApi";
import { ReservationsDocument } from "../../../contract";
import { Failure } from "../../../parts/Failure";
import { OPEN } from "../../../parts/reservationStatus";
import { Waiting } from "../../../parts/Waiting";
import { useFormats, useText } from "../../../text/useText";
import style from "./item.module.css";
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
    <table className={style.table}>
      <thead>
        <tr>
          <th scope="col">{text.reservations.order}</th>
          <th scope="col">{text.reservations.status}</th>
          <th scope="col">{text.reservations.location}</th>
          <th scope="col" data-numeric>
            {text.reservations.units}
          </th>
          <th scope="col">{text.reservations.expires}</th>
        </tr>
      </thead>
      <tbody>
        {held.map(({ reservation, line, key }) => (
          <tr key={key}>
            <th scope="row">{reservation.orderId}</th>
            <td>{shared.reservationStatus[reservation.status] ?? reservation.status}</td>
            <td>{line.location?.code ?? shared.none}</td>
            <td data-numeric>{formats.quantity(line.quantity, scale)}</td>
            <td>{reservation.expiresAt === null ? shared.none : formats.moment(reservation.expiresAt)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
