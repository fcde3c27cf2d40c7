import { useMemo } from "react";
import { ReservationChangedDocument } from "../../contract";
import { useFollowed, useThings } from "../../live/LiveContext";
import { Dialog } from "../../parts/Dialog";
import { StreamGate } from "../../parts/StreamGate";
import { Told } from "../../parts/Told";
import { useFormats, useText } from "../../text/useText";
import { Countdown } from "./Countdown";
import { tones } from "./reservation";
import { Settle } from "./Settle";
import { words } from "./words";

/** One reservation with its lines, as it is now, ended ones too, and what can be done about it. */
export function ReservationDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const text = useText(words);
  const { reservationStatus } = useText();
  const formats = useFormats();
  const stream = useFollowed(
    ReservationChangedDocument,
    useMemo(() => ({ filter: { ids: [id] } }), [id]),
    "reservation",
  );
  const [reservation] = useThings(stream);
  return (
    <Dialog title={reservation ? text.of(reservation.orderId) : text.title} size="xl" onClose={onClose}>
      <StreamGate stream={stream}>
        {reservation ? (
          <div className="fields">
            <p>
              <Told tone={tones[reservation.status]}>{reservationStatus[reservation.status]}</Told> · {text.expires}:{" "}
              <Countdown reservation={reservation} /> · {text.since} {formats.moment(reservation.createdAt)}
              {reservation.channel && ` · ${text.channel}: ${reservation.channel}`}
            </p>
            <Settle reservation={reservation} />
          </div>
        ) : (
          <p>{text.gone}</p>
        )}
      </StreamGate>
    </Dialog>
  );
}
