import type { StockStatus } from "../contract";
import { useText } from "../text/useText";
import style from "./status.module.css";

/** A sign for each, so that they are told apart without their colours. */
const signs: Record<StockStatus, string> = { IN_STOCK: "●", LOW: "▲", OUT_OF_STOCK: "✕", OVERSTOCK: "◆" };

/** What a level's quantities mean, as the service says. */
export function StatusBadge({ status }: { status: StockStatus }) {
  const text = useText();
  return (
    <span className={style.status} data-status={status}>
      <span aria-hidden="true">{signs[status]}</span> {text.status[status]}
    </span>
  );
}
