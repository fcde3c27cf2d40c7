import { useMemo } from "react";
import { useAnswer } from "../../app/useApi";
import { useViewer } from "../../app/ViewerContext";
import { HealthComparedDocument } from "../../contract";
import { useText } from "../../text/useText";
import { AgingPanel } from "./AgingPanel";
import { CompletenessContext, useCompleting, useRounds } from "./completeness";
import { DeadStockPanel } from "./DeadStockPanel";
import { GroupsPanel } from "./GroupsPanel";
import { InsightTools } from "./InsightTools";
import style from "./insight.module.css";
import { Notes } from "./Notes";
import { SeriesPanel } from "./SeriesPanel";
import { SummaryPanel } from "./SummaryPanel";
import { type InsightAddress, useInsightAddress } from "./useInsightAddress";
import { words } from "./words";

/** How healthy and how old stock is, compared with the days before, and by what it can be told apart. */
export default function InsightView() {
  const address = useInsightAddress();
  return (
    <CompletenessContext value={useCompleting(address.asked)}>
      <Reports address={address} />
    </CompletenessContext>
  );
}

function Reports({ address }: { address: InsightAddress }) {
  const text = useText(words);
  const { asked } = address;
  const { vendor } = useViewer();
  const variables = useMemo(
    () => ({ filter: asked.filter, ...asked.range, beforeFrom: asked.before.from, beforeTo: asked.before.to }),
    [asked],
  );
  const compared = useAnswer(HealthComparedDocument, variables);
  useRounds(compared.again);
  return (
    <section className={style.view} aria-labelledby="insight-title">
      <h1 id="insight-title" className="sr-only">
        {text.title}
      </h1>
      <InsightTools address={address} />
      {vendor !== null && <p className={style.note}>{text.ownItems(vendor)}</p>}
      <Notes report={compared.data?.now} days={asked} />
      <SummaryPanel answer={compared} variables={variables} />
      <SeriesPanel asked={asked} variables={variables} onFigure={address.figure} />
      <GroupsPanel asked={asked} onBy={address.by} />
      <AgingPanel asked={asked} />
      <DeadStockPanel asked={asked} />
    </section>
  );
}
