import { go, useAddress, useParams } from "../../app/address";
import { useText } from "../../text/useText";
import { EndedReservations } from "./EndedReservations";
import { OpenReservations } from "./OpenReservations";
import { isOpen, STATES } from "./reservation";
import { ReservationDialog } from "./ReservationDialog";
import { ReservationFilters } from "./ReservationFilters";
import "./reservations.css";
import { words } from "./words";

/** What is promised to orders, as it comes, runs out and is shipped. */
export default function ReservationsView() {
  const text = useText(words);
  const { thing, params: known } = useAddress();
  const [params, set] = useParams();
  const status = STATES.find((state) => state === params.get("status"));
  const [order, sku] = [params.get("order"), params.get("sku")];
  const of = { ...(order && { orderIds: [order] }), ...(sku && { skus: [sku] }) };
  const open = (id: string) => go({ view: "reservations", thing: id, params: known });
  return (
    <section aria-labelledby="reservations-title">
      <h1 id="reservations-title">{text.title}</h1>
      <ReservationFilters params={params} onParams={set} />
      {status === undefined || isOpen(status) ? (
        <OpenReservations status={status} of={of} onOpen={open} />
      ) : (
        <EndedReservations status={status} of={of} onOpen={open} />
      )}
      {thing !== "" && <ReservationDialog key={thing} id={thing} onClose={() => open("")} />}
    </section>
  );
}
