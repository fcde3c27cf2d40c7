import { NativeSelect } from "@mantine/core";
import { useFormats, useText } from "../../text/useText";
import { counted, type Wanted } from "./arrange";
import { type Alert, KINDS, STATES } from "./useAlerts";
import { words } from "./words";

interface AlertFiltersProps {
  alerts: readonly Alert[];
  wanted: Wanted;
  onWanted: (changes: Record<string, string | null>) => void;
}

export function AlertFilters({ alerts, wanted, onWanted }: AlertFiltersProps) {
  const text = useText(words);
  const formats = useFormats();
  const places = counted(alerts).map(({ code, name, count }) => ({
    value: code,
    label: `${code} · ${name} (${formats.number(count)})`,
  }));
  return (
    <div className="filters" role="search">
      <NativeSelect
        label={text.location}
        value={wanted.location ?? ""}
        onChange={(event) => onWanted({ location: event.currentTarget.value })}
        data={[{ value: "", label: text.allLocations(formats.number(alerts.length)) }, ...kept(places, wanted.location)]}
      />
      <NativeSelect
        label={text.kind}
        value={wanted.kind ?? ""}
        onChange={(event) => onWanted({ kind: event.currentTarget.value })}
        data={[{ value: "", label: text.allKinds }, ...KINDS.map((kind) => ({ value: kind, label: text.kinds[kind] }))]}
      />
      <NativeSelect
        label={text.status}
        value={wanted.status ?? ""}
        onChange={(event) => onWanted({ status: event.currentTarget.value })}
        data={[{ value: "", label: text.allStates }, ...STATES.map((state) => ({ value: state, label: text.states[state] }))]}
      />
    </div>
  );
}

/** A location that was chosen stays on offer when its last alert is over. */
function kept(places: { value: string; label: string }[], chosen: string | null): { value: string; label: string }[] {
  if (!chosen || places.some(({ value }) => value === chosen)) return places;
  return [...places, { value: chosen, label: chosen }];
}
