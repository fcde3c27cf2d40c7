import { useMemo } from "react";
import { type ReservationStatus, ReservationChangedDocument } from "../../contract";
import { useFollowed, useThings } from "../../live/LiveContext";
import { OPEN } from "../../parts/reservationStatus";
import { StreamGate } from "../../parts/StreamGate";
import { usePart } from "../../parts/usePart";
import { byUrgency } from "./reservation";
import { ReservationTable } from "./ReservationTable";

interface OpenReservationsProps {
  /** All that are open where none is given. */
  status: ReservationStatus | undefined;
  of: { orderIds?: string[]; skus?: string[] };
  onOpen: (id: string) => void;
}

/** What is open, as it is now: what runs out first on top. */
export function OpenReservations({ status, of, onOpen }: OpenReservationsProps) {
  const filter = { ...of, status: status ? [status] : [...OPEN] };
  const stream = useFollowed(ReservationChangedDocument, { filter }, "reservation");
  const things = useThings(stream);
  const found = useMemo(() => [...things].sort(byUrgency), [things]);
  const { shown, more, showMore } = usePart(found);
  return (
    <StreamGate stream={stream}>
      <ReservationTable total={found.length} reservations={shown} more={more} onMore={showMore} onOpen={onOpen} />
    </StreamGate>
  );
}
