import { ReservationChangedDocument, type ReservationStatus, ReservationsDocument } from "../../contract";
import { useFollowed } from "../../live/LiveContext";
import { useChanges } from "../../live/useChanges";
import { Failure } from "../../parts/Failure";
import { OPEN } from "../../parts/reservationStatus";
import { usePages } from "../../parts/usePages";
import { Waiting } from "../../parts/Waiting";
import { ReservationTable } from "./ReservationTable";

const FIRST = 50;

interface EndedReservationsProps {
  status: ReservationStatus;
  of: { orderIds?: string[]; skus?: string[] };
  onOpen: (id: string) => void;
}

/** All that ended so, the newest first, page by page: they are many, and a stream would tell the newest of them alone. */
export function EndedReservations({ status, of, onOpen }: EndedReservationsProps) {
  // What ends leaves those that are open; what failed never was open.
  const watched = { ...of, status: status === "FAILED" ? [status] : [...OPEN] };
  const stream = useFollowed(ReservationChangedDocument, { filter: watched }, "reservation");
  const changes = useChanges(stream, (reservation) => reservation === undefined || reservation.status === "FAILED");
  const variables = { filter: { ...of, status: [status] }, first: FIRST };
  const pages = usePages(ReservationsDocument, variables, ({ reservations }) => reservations, changes);
  const { nodes, total = 0, failure, more, again } = pages;
  return (
    <>
      {failure !== null && <Failure message={failure} onAgain={again} />}
      {nodes ? (
        <ReservationTable
          total={total}
          reservations={nodes}
          more={more ? total - nodes.length : 0}
          onMore={() => more?.()}
          onOpen={onOpen}
        />
      ) : (
        failure === null && <Waiting />
      )}
    </>
  );
}
