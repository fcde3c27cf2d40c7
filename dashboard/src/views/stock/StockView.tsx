import { lazy, Suspense } from "react";
import { go, useAddress } from "../../app/address";
import { WatchStockDocument } from "../../contract";
import { useFollowed } from "../../live/LiveContext";
import { useStore } from "../../live/store";
import { Failure } from "../../parts/Failure";
import { Waiting } from "../../parts/Waiting";
import { useText } from "../../text/useText";
import { LevelTable } from "./LevelTable";
import style from "./stock.module.css";
import { StockTools } from "./StockTools";
import { useArranged } from "./useArranged";
import { useStockAddress } from "./useStockAddress";
import { words } from "./words";

const ALL = {};

const ItemDrawer = lazy(() => import("./item/ItemDrawer"));

/** Every level that the viewer may see, as it is now. */
export default function StockView() {
  const text = useText(words);
  const levels = useFollowed(WatchStockDocument, ALL, "level");
  const state = useStore(levels.state);
  const address = useStockAddress();
  const arranged = useArranged(levels, address.arrangement);
  const { sort, descending } = address.arrangement;
  const { view, thing, params } = useAddress();
  const held = levels.picture.size;
  return (
    <section className={style.view} aria-labelledby="stock-title">
      <h1 id="stock-title" className="sr-only">
        {text.title}
      </h1>
      <StockTools levels={levels} shown={arranged.length} address={address} />
      {state.failure !== null && <Failure message={state.failure} />}
      {arranged.length > 0 && (
        <LevelTable levels={levels} arranged={arranged} sort={sort} descending={descending} onSort={address.sort} />
      )}
      {arranged.length === 0 && state.failure === null && (state.filled ? <p>{held ? text.none : text.empty}</p> : <Waiting />)}
      {thing !== "" && (
        <Suspense>
          <ItemDrawer sku={thing} levels={levels} onClose={() => go({ view, params })} />
        </Suspense>
      )}
    </section>
  );
}
