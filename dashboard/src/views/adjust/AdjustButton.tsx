import { Button } from "@mantine/core";
import { useMay } from "../../app/ViewerContext";
import { useText } from "../../text/useText";
import { adjusting } from "./adjusting";
import { words } from "./words";

/** Opens the form for one level; there for those who may correct stock. */
export function AdjustButton({ sku, location }: { sku: string; location: string }) {
  const text = useText(words);
  const may = useMay("adjustStockBatch");
  if (!may) return null;
  const open = () => adjusting.set({ sku, location });
  return (
    <Button size="xs" variant="default" aria-label={text.adjustOf(sku, location)} onClick={open}>
      {text.adjust}
    </Button>
  );
}
