import { useMemo, useState } from "react";
import { useParams } from "../../app/address";
import { useThings } from "../../live/LiveContext";
import { ListTable } from "../../parts/ListTable";
import { StreamGate } from "../../parts/StreamGate";
import { levelKey, useLevelsOf } from "../../parts/useLevelsOf";
import { usePart } from "../../parts/usePart";
import { useFormats, useText } from "../../text/useText";
import { AlertFilters } from "./AlertFilters";
import { AlertRow } from "./AlertRow";
import { arranged, type Wanted } from "./arrange";
import { ReceiveDialog } from "./ReceiveDialog";
import { type Alert, useAlerts } from "./useAlerts";
import { words } from "./words";

/** What somebody must look at, as it comes and goes, with what is on order beside it. */
export default function AlertsView() {
  const text = useText(words);
  const formats = useFormats();
  const stream = useAlerts();
  const alerts = useThings(stream);
  const [params, set] = useParams();
  const wanted = useMemo(() => wantedBy(params), [params]);
  const found = useMemo(() => arranged(alerts, wanted), [alerts, wanted]);
  const { shown, more, showMore } = usePart(found);
  const levels = useLevelsOf(useMemo(() => shown.map(({ sku }) => sku), [shown]));
  // Not in its row, which goes as soon as the goods are there.
  const [receiving, setReceiving] = useState<Alert | null>(null);
  const counts = text.count(formats.number(found.length), formats.number(alerts.length));
  return (
    <section aria-labelledby="alerts-title">
      <h1 id="alerts-title">{text.title}</h1>
      <StreamGate stream={stream}>
        <AlertFilters alerts={alerts} wanted={wanted} onWanted={set} />
        {found.length === 0 ? (
          <p>{alerts.length === 0 ? text.none : text.noneHere}</p>
        ) : (
          <ListTable caption={counts} columns={columns()} more={more} onMore={showMore}>
            {shown.map((alert) => (
              <AlertRow
                key={alert.id}
                alert={alert}
                level={levels.get(levelKey(alert.sku, alert.location.code))}
                onReceive={setReceiving}
              />
            ))}
          </ListTable>
        )}
      </StreamGate>
      {receiving && <ReceiveDialog alert={receiving} onClose={() => setReceiving(null)} />}
    </section>
  );

  function columns() {
    return [
      { name: text.kind },
      { name: text.item },
      { name: text.location },
      { name: text.left, number: true },
      { name: text.incoming, number: true },
      { name: text.opened },
      { name: text.acts },
    ];
  }
}

function wantedBy(params: URLSearchParams): Wanted {
  return { location: params.get("location"), kind: params.get("kind"), status: params.get("status") };
}
