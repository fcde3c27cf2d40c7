import { useNow } from "../../parts/useNow";
import { useFormats, useText } from "../../text/useText";
import { isPending, type Reservation } from "./reservation";
import { words } from "./words";

/** How long a reservation still holds, second by second. It is not read out as it runs: its moment stands beside it. */
export function Countdown({ reservation }: { reservation: Pick<Reservation, "status" | "expiresAt"> }) {
  const text = useText(words);
  const { none } = useText();
  const formats = useFormats();
  const now = useNow();
  const { expiresAt, status } = reservation;
  if (!isPending(reservation) || expiresAt === null) return status === "CONFIRMED" ? text.never : none;
  const seconds = Math.ceil((Date.parse(expiresAt) - now) / 1_000);
  return (
    <>
      <time dateTime={expiresAt} title={formats.moment(expiresAt)} data-soon={seconds < 60 || undefined} className="countdown">
        {seconds > 0 ? text.left(clock(seconds, (days) => text.days(formats.number(days)))) : text.expired}
      </time>
    </>
  );
}

/** 75 is 1:15, 3,675 is 1:01:15, and of more than a day whole days are told. */
export function clock(seconds: number, days: (count: number) => string): string {
  if (seconds >= 86_400) return days(Math.floor(seconds / 86_400));
  const two = (count: number) => String(count).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
