import { ListTable } from "../../parts/ListTable";
import { useFormats, useText } from "../../text/useText";
import type { Listed } from "./reservation";
import { ReservationRow } from "./ReservationRow";
import { words } from "./words";

interface ReservationTableProps {
  /** How many there are, those that are not shown yet as well. */
  total: number;
  reservations: readonly Listed[];
  more: number;
  onMore: () => void;
  onOpen: (id: string) => void;
}

export function ReservationTable({ total, reservations, more, onMore, onOpen }: ReservationTableProps) {
  const text = useText(words);
  const formats = useFormats();
  if (reservations.length === 0) return <p>{text.none}</p>;
  const columns = [
    { name: text.order },
    { name: text.status },
    { name: text.lines },
    { name: text.held, number: true },
    { name: text.waiting, number: true },
    { name: text.expires },
    { name: text.since },
  ];
  return (
    <ListTable caption={text.count(formats.number(total))} columns={columns} more={more} onMore={onMore}>
      {reservations.map((reservation) => (
        <ReservationRow key={reservation.id} reservation={reservation} onOpen={onOpen} />
      ))}
    </ListTable>
  );
}
