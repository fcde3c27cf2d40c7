import { Button, TextInput } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useText } from "../text/useText";
import { NAME_MAX, type SavedView } from "./savedViews";
import { words } from "./savedWords";

interface SavedViewRowProps {
  view: SavedView;
  /** Whether it is what is shown. */
  current: boolean;
  renaming: boolean;
  onRename: (to: string) => void;
  onRenaming: (on: boolean) => void;
  onDelete: () => void;
  onGo: () => void;
}

export function SavedViewRow({ view, current, renaming, onRename, onRenaming, onDelete, onGo }: SavedViewRowProps) {
  const text = useText(words);
  const { name, address } = view;
  if (renaming) return <Renaming name={name} onRename={onRename} onCancel={() => onRenaming(false)} />;
  return (
    <li data-view={name}>
      <a href={address} aria-current={current || undefined} onClick={onGo}>
        {name}
      </a>
      <Button size="compact-xs" variant="default" aria-label={text.renameOf(name)} onClick={() => onRenaming(true)}>
        {text.rename}
      </Button>
      <Button size="compact-xs" variant="default" aria-label={text.deleteOf(name)} onClick={onDelete}>
        {text.delete}
      </Button>
    </li>
  );
}

interface RenamingProps {
  name: string;
  onRename: (to: string) => void;
  onCancel: () => void;
}

function Renaming({ name, onRename, onCancel }: RenamingProps) {
  const text = useText(words);
  const [entered, setEntered] = useState(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onRename(entered);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") onCancel();
  };
  return (
    <li>
      <form onSubmit={submit}>
        <TextInput
          aria-label={text.newName(name)}
          value={entered}
          onChange={(event) => setEntered(event.currentTarget.value)}
          onKeyDown={press}
          onFocus={(event) => event.currentTarget.select()}
          maxLength={NAME_MAX}
          autoFocus
        />
        <Button type="submit" size="xs">
          {text.save}
        </Button>
        <Button size="xs" variant="default" onClick={onCancel}>
          {text.cancel}
        </Button>
      </form>
    </li>
  );
}
