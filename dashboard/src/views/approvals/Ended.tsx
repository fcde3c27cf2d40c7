import { Button } from "@mantine/core";
import { EndedAdjustmentsDocument, type EndedAdjustmentsQuery } from "../../contract";
import { Failure } from "../../parts/Failure";
import { Cell, ListTable } from "../../parts/ListTable";
import { Told, type Tone } from "../../parts/Told";
import { usePages } from "../../parts/usePages";
import { Waiting } from "../../parts/Waiting";
import { useFormats, useText } from "../../text/useText";
import { words } from "./words";

type EndedAdjustment = NonNullable<EndedAdjustmentsQuery["adjustments"]>["nodes"][number];

const EVERYTHING = {};

interface EndedProps {
  /** Grows when a request has ended: what is new comes to the top. */
  changes: number;
  nameOf: (reasonCode: string) => string;
}

/** What became of requests, the last decision first, page by page. */
export function Ended({ changes, nameOf }: EndedProps) {
  const text = useText(words).ended;
  const pages = usePages(EndedAdjustmentsDocument, EVERYTHING, ({ adjustments }) => adjustments, changes);
  return (
    <section aria-labelledby="ended-title">
      <h2 id="ended-title">{text.title}</h2>
      {pages.failure !== null && <Failure message={pages.failure} onAgain={pages.again} />}
      {pages.nodes ? <EndedTable ended={pages.nodes} nameOf={nameOf} /> : pages.failure === null && <Waiting />}
      {pages.more && (
        <Button variant="default" mt="sm" onClick={pages.more} loading={pages.loading}>
          {text.more}
        </Button>
      )}
    </section>
  );
}

function EndedTable({ ended, nameOf }: { ended: readonly EndedAdjustment[]; nameOf: EndedProps["nameOf"] }) {
  const text = useText(words);
  if (ended.length === 0) return <p>{text.ended.none}</p>;
  const columns = [
    { name: text.item },
    { name: text.location },
    { name: text.ended.change, number: true },
    { name: text.reason },
    { name: text.asked },
    { name: text.ended.became },
  ];
  return (
    <ListTable caption={text.ended.caption} columns={columns}>
      {ended.map((each) => (
        <EndedRow key={each.id} ended={each} reason={nameOf(each.reasonCode)} />
      ))}
    </ListTable>
  );
}

const tones: Partial<Record<EndedAdjustment["status"], Tone>> = { APPLIED: "good", REJECTED: "bad" };

function EndedRow({ ended, reason }: { ended: EndedAdjustment; reason: string }) {
  const text = useText(words);
  const formats = useFormats();
  const { sku, item, location, status, note, requestedAt, requestedBy, decidedAt, decidedBy, decisionNote } = ended;
  return (
    <tr role="row" data-ended={sku}>
      <Cell label={text.item}>
        <strong>{sku}</strong> <div className="quiet">{item.name}</div>
      </Cell>
      <Cell label={text.location}>{location.code}</Cell>
      <Cell label={text.ended.change} number>
        {formats.change(ended.quantityChange, item.quantityScale)}
      </Cell>
      <Cell label={text.reason}>
        {reason}
        {note && <div className="quiet">{note}</div>}
      </Cell>
      <Cell label={text.asked}>
        {formats.moment(requestedAt)}
        <div className="quiet">{text.by(requestedBy ?? text.ended.somebody)}</div>
      </Cell>
      <Cell label={text.ended.became}>
        <Told tone={tones[status] ?? "plain"}>{text.ended.statuses[status] ?? status}</Told>
        {decidedAt !== null && (
          <div className="quiet">
            {formats.moment(decidedAt)}
            {status !== "EXPIRED" && ` ${text.by(decidedBy ?? text.ended.somebody)}`}
          </div>
        )}
        {decisionNote && <div>{decisionNote}</div>}
      </Cell>
    </tr>
  );
}
