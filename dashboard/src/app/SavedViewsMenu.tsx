import { Button, Popover, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "../live/store";
import { useFormats, useText } from "../text/useText";
import { format, useAddress } from "./address";
import { kept } from "./browserStorage";
import { SavedViewRow } from "./SavedViewRow";
import { NAME_MAX, type Outcome, plain, type SavedView, SavedViews, VIEWS_MAX } from "./savedViews";
import { words } from "./savedWords";
import { useViewer } from "./ViewerContext";

/** Names what a view shows, and leads back to it by its name. */
export function SavedViewsMenu() {
  const text = useText(words);
  const views = useSavedViews();
  const [opened, setOpened] = useState(false);
  const [renamed, setRenamed] = useState<string | null>(null);
  const show = (open: boolean) => {
    setOpened(open);
    setRenamed(null);
  };
  return (
    <Popover
      opened={opened}
      onChange={show}
      position="bottom-end"
      width={340}
      withinPortal={false}
      trapFocus
      returnFocus
      // It ends the renaming first.
      closeOnEscape={renamed === null}
    >
      <Popover.Target>
        <Button variant="default" size="xs" onClick={() => show(!opened)}>
          {text.open}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Menu views={views} renamed={renamed} onRenamed={setRenamed} onGo={() => show(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** The viewer's, with what another page of theirs saves. */
function useSavedViews(): SavedViews {
  const { tenant, subject } = useViewer();
  const views = useMemo(() => new SavedViews(kept, [tenant.slug, subject]), [tenant.slug, subject]);
  useEffect(() => {
    const read = () => views.read();
    addEventListener("storage", read);
    return () => removeEventListener("storage", read);
  }, [views]);
  return views;
}

interface MenuProps {
  views: SavedViews;
  /** The name of the view that is being renamed. */
  renamed: string | null;
  onRenamed: (name: string | null) => void;
  onGo: () => void;
}

function Menu({ views, renamed, onRenamed, onGo }: MenuProps) {
  const text = useText(words);
  const told = useTold();
  const all = useStore(views.all);
  const { view, params } = useAddress();
  const here = format({ view, params });
  const [name, setName] = useState("");
  const [deleted, setDeleted] = useState<SavedView | null>(null);
  const { list, focus } = useRowFocus();
  const save = (event: FormEvent) => {
    event.preventDefault();
    const replaces = views.has(name);
    const outcome = views.save(name, here);
    setDeleted(null);
    if (told.tell(outcome, (replaces ? text.replaced : text.saved)(plain(name)))) setName("");
  };
  const rename = (from: string, to: string) => {
    if (!told.tell(views.rename(from, to), text.renamed(plain(to)))) return;
    onRenamed(null);
    focus(plain(to));
  };
  const remove = (each: SavedView) => {
    told.tell(views.delete(each.name), text.deleted(each.name));
    setDeleted(each);
  };
  const undo = () => {
    if (!deleted) return;
    told.tell(views.save(deleted.name, deleted.address), text.saved(deleted.name));
    setDeleted(null);
    focus(deleted.name);
  };
  return (
    <div className="saved">
      <form onSubmit={save}>
        <TextInput
          label={text.name}
          description={text.hint}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={NAME_MAX}
          data-autofocus
        />
        <Button type="submit" size="xs">
          {text.save}
        </Button>
      </form>
      <p role="status">{told.told}</p>
      {deleted && (
        <Button size="xs" variant="default" autoFocus onClick={undo}>
          {text.undo}
        </Button>
      )}
      {all.length === 0 && !deleted && <p>{text.none}</p>}
      <ul ref={list} aria-label={text.list}>
        {all.map((each) => (
          <SavedViewRow
            key={each.name}
            view={each}
            current={each.address === here}
            renaming={each.name === renamed}
            onRename={(to) => rename(each.name, to)}
            onRenaming={(on) => {
              onRenamed(on ? each.name : null);
              if (!on) focus(each.name);
            }}
            onDelete={() => remove(each)}
            onGo={onGo}
          />
        ))}
      </ul>
    </div>
  );
}

/** What came of the last change, in words. */
function useTold() {
  const text = useText(words);
  const formats = useFormats();
  const [told, setTold] = useState("");
  const tell = (outcome: Outcome, done: string): boolean => {
    const why = {
      kept: done,
      unkept: `${done} ${text.unkept}`,
      full: text.full(formats.number(VIEWS_MAX)),
      long: text.long,
      taken: text.taken,
      unnamed: text.unnamed,
    };
    setTold(why[outcome]);
    return outcome === "kept" || outcome === "unkept";
  };
  return { told, tell };
}

/** Puts the focus on a view of the list, once it is there under its name. */
function useRowFocus() {
  const list = useRef<HTMLUListElement>(null);
  const wanted = useRef<string | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    const row = list.current?.querySelector<HTMLElement>(`[data-view="${CSS.escape(wanted.current)}"] a`);
    wanted.current = null;
    row?.focus();
  });
  const focus = (name: string) => {
    wanted.current = name;
  };
  return { list, focus };
}
