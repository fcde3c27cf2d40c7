import { NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useText } from "../../text/useText";
import { STATES } from "./reservation";
import { words } from "./words";

/** Another stream is asked for once somebody has stopped typing. */
const TYPED_MS = 400;

interface ReservationFiltersProps {
  params: URLSearchParams;
  onParams: (changes: Record<string, string | null>) => void;
}

export function ReservationFilters({ params, onParams }: ReservationFiltersProps) {
  const text = useText(words);
  const { reservationStatus } = useText();
  return (
    <div className="filters" role="search">
      <NativeSelect
        label={text.status}
        value={params.get("status") ?? ""}
        onChange={(event) => onParams({ status: event.currentTarget.value })}
        data={[{ value: "", label: text.open }, ...STATES.map((state) => ({ value: state, label: reservationStatus[state] }))]}
      />
      <TypedFilter label={text.order} value={params.get("order") ?? ""} onValue={(order) => onParams({ order })} />
      <TypedFilter label={text.sku} value={params.get("sku") ?? ""} onValue={(sku) => onParams({ sku })} />
    </div>
  );
}

interface TypedFilterProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
}

/** A text that is looked for as a whole, once it stands. */
function TypedFilter({ label, value, onValue }: TypedFilterProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const stands = setTimeout(() => onValue(typed.trim()), TYPED_MS);
    return () => clearTimeout(stands);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only what is typed begins the wait anew
  }, [typed]);
  return <TextInput type="search" label={label} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />;
}
