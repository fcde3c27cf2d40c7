import { useMemo } from "react";
import { go, useAddress, useParams } from "../../app/address";
import { type ReservationStatus, ReservationChangedDocument } from "../../contract";
import { useFollowed, useThings } from "../../live/LiveContext";
import { ListTable } from "../../parts/ListTable";
import { OPEN } from "../../parts/reservationStatus";
import { StreamGate } from "../../parts/StreamGate";
import { usePart } from "../../parts/usePart";
import { useFormats, useText } from "../../text/useText";
import { byUrgency, STATES } from "./reservation";
import { ReservationDialog } from "./ReservationDialog";
import { ReservationFilters } from "./ReservationFilters";
import { ReservationRow } from "./ReservationRow";
import "./reservations.css";
import { words } from "./words";

/** What is promised to orders, as it comes, runs out and is shipped. */
export default function ReservationsView() {
  const text = useText(words);
  const formats = useFormats();
  const { thing, params: known } = useAddress();
  const [params, set] = useParams();
  const stream = useFollowed(ReservationChangedDocument, { filter: filterOf(params) }, "reservation");
  const things = useThings(stream);
  const found = useMemo(() => [...things].sort(byUrgency), [things]);
  const { shown, more, showMore } = usePart(found);
  const open = (id: string) => go({ view: "reservations", thing: id, params: known });
  return (
    <section aria-labelledby="reservations-title">
      <h1 id="reservations-title">{text.title}</h1>
      <ReservationFilters params={params} onParams={set} />
      <StreamGate stream={stream}>
        {found.length === 0 ? (
          <p>{text.none}</p>
        ) : (
          <ListTable caption={text.count(formats.number(found.length))} columns={columns()} more={more} onMore={showMore}>
            {shown.map((reservation) => (
              <ReservationRow key={reservation.id} reservation={reservation} onOpen={open} />
            ))}
          </ListTable>
        )}
      </StreamGate>
      {thing !== "" && <ReservationDialog key={thing} id={thing} onClose={() => open("")} />}
    </section>
  );

  function columns() {
    return [
      { name: text.order },
      { name: text.status },
      { name: text.lines },
      { name: text.held, number: true },
      { name: text.waiting, number: true },
      { name: text.expires },
      { name: text.since },
    ];
  }
}

/** What the address asks for; without a status what is open. */
function filterOf(params: URLSearchParams) {
  const status = STATES.find((state) => state === params.get("status"));
  const [order, sku] = [params.get("order"), params.get("sku")];
  const wanted: ReservationStatus[] = status ? [status] : [...OPEN];
  return { status: wanted, ...(order && { orderIds: [order] }), ...(sku && { skus: [sku] }) };
}
