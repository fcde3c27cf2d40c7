import { Button } from "@mantine/core";
import { Conflict } from "../../../parts/Conflict";
import { Cell, ListTable } from "../../../parts/ListTable";
import { useText } from "../../../text/useText";
import type { Field, Policy } from "./policy";
import { words } from "./words";

interface PolicyConflictProps {
  /** What somebody else has set since. */
  moved: readonly Field[];
  seen: Policy;
  now: Policy;
  /** What the reader has written himself. */
  wrote: Partial<Policy>;
  shown: (field: Field, value: number | null) => string;
  onKeep: () => void;
  onTake: () => void;
}

/** Thresholds that somebody else has set: what was there, what is there now and what the reader wrote, side by side. */
export function PolicyConflict({ moved, seen, now, wrote, shown, onKeep, onTake }: PolicyConflictProps) {
  const text = useText(words).policy;
  const { none } = useText();
  const columns = [
    { name: text.threshold },
    { name: text.saw, number: true },
    { name: text.now, number: true },
    { name: text.wrote, number: true },
  ];
  return (
    <Conflict>
      <ListTable caption={text.moved} columns={columns}>
        {moved.map((field) => {
          const own = wrote[field];
          return (
            <tr key={field} role="row">
              <Cell label={text.threshold}>{text[field]}</Cell>
              <Cell label={text.saw} number>
                {shown(field, seen[field])}
              </Cell>
              <Cell label={text.now} number>
                <strong>{shown(field, now[field])}</strong>
              </Cell>
              <Cell label={text.wrote} number>
                {own === undefined ? none : shown(field, own)}
              </Cell>
            </tr>
          );
        })}
      </ListTable>
      <div className="acts">
        {Object.keys(wrote).length > 0 && (
          <Button size="xs" onClick={onKeep}>
            {text.keep}
          </Button>
        )}
        <Button size="xs" variant="default" onClick={onTake}>
          {text.take}
        </Button>
      </div>
    </Conflict>
  );
}
