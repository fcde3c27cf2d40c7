import { Button, MultiSelect, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import type { StockStatus } from "../../contract";
import { useStore } from "../../live/store";
import type { Stream } from "../../live/stream";
import { useFormats, useText } from "../../text/useText";
import type { Level } from "../../parts/level";
import { useNarrow } from "../../parts/useNarrow";
import { STATUSES } from "./arrangement";
import style from "./stock.module.css";
import type { Filter, useStockAddress } from "./useStockAddress";
import { words } from "./words";

interface StockToolsProps {
  levels: Stream<Level>;
  shown: number;
  address: ReturnType<typeof useStockAddress>;
}

/** Search, filters, how much of it is shown, and the pause. */
export function StockTools({ levels, shown, address }: StockToolsProps) {
  const text = useText(words);
  const formats = useFormats();
  const { filled, paused, waiting } = useStore(levels.state);
  const { arrangement } = address;
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => search.current?.focus()]]);
  const filters = FILTERS.filter((filter) => arrangement[filter].length > 0).length;
  const chosen = arrangement.search !== "" || filters > 0;
  const held = formats.number(levels.picture.size);
  return (
    <div className={style.tools} role="search">
      <TextInput
        ref={search}
        className={style.search ?? ""}
        label={text.search}
        type="search"
        value={arrangement.search}
        onChange={(event) => address.search(event.currentTarget.value)}
      />
      <Folded label={filters > 0 ? text.filtersSet(formats.number(filters)) : text.filtersOf}>
        <Filters levels={levels} address={address} />
      </Folded>
      {chosen && (
        <Button variant="subtle" onClick={address.clear}>
          {text.clear}
        </Button>
      )}
      <Button variant="default" onClick={() => (paused ? levels.resume() : levels.pause())}>
        {paused ? text.resume(formats.number(waiting)) : text.pause}
      </Button>
      <span className={style.count} role="status">
        {filled ? text.count(formats.number(shown), held) : text.filling(held)}
      </span>
    </div>
  );
}

/** On a phone behind a button: they would take the room of the levels themselves. */
function Folded({ label, children }: { label: string; children: ReactNode }) {
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  const id = useId();
  if (!narrow) return children;
  return (
    <>
      <Button variant="default" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        {label}
      </Button>
      <div id={id} className={style.folded} hidden={!open}>
        {children}
      </div>
    </>
  );
}

const FILTERS: readonly Filter[] = ["locations", "categories", "vendors", "status"];

function Filters({ levels, address }: Omit<StockToolsProps, "shown">) {
  const text = useText(words);
  const { status } = useText();
  const offered = useOffered(levels);
  return FILTERS.map((filter) => (
    <MultiSelect
      key={filter}
      className={style.filter ?? ""}
      label={text.filters[filter]}
      data={offered[filter].map((value) => ({ value, label: filter === "status" ? status[value as StockStatus] : value }))}
      value={[...address.arrangement[filter]]}
      onChange={(values) => address.filter(filter, values)}
      searchable
      clearable
      comboboxProps={{ withinPortal: false }}
    />
  ));
}

/** What there is to filter by, read anew once a second while levels come. */
function useOffered(levels: Stream<Level>): Record<Filter, string[]> {
  const [held, setHeld] = useState(levels.picture.size);
  useEffect(() => {
    const look = () => setHeld(levels.picture.size);
    look();
    const timer = setInterval(look, 1_000);
    return () => clearInterval(timer);
  }, [levels]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the picture changes in place: its size tells
  return useMemo(() => offeredBy(levels.picture.entries()), [levels, held]);
}

function offeredBy(levels: Iterable<[string, Level]>): Record<Filter, string[]> {
  const locations = new Set<string>();
  const categories = new Set<string>();
  const vendors = new Set<string>();
  for (const [, { location, item }] of levels) {
    locations.add(location.code);
    if (item.category !== null) categories.add(item.category);
    if (item.vendor !== null) vendors.add(item.vendor);
  }
  return {
    locations: [...locations].sort(),
    categories: [...categories].sort(),
    vendors: [...vendors].sort(),
    status: [...STATUSES],
  };
}
