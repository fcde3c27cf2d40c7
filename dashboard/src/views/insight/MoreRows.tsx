import { Button } from "@mantine/core";
import { useFormats, useText } from "../../text/useText";
import style from "./insight.module.css";
import { words } from "./words";

interface MoreRowsProps {
  shown: number;
  total: number;
  more: (() => void) | null;
  loading: boolean;
}

/** How many rows of how many are there, and the way to more. */
export function MoreRows({ shown, total, more, loading }: MoreRowsProps) {
  const text = useText(words);
  const formats = useFormats();
  return (
    <div className={style.more}>
      <span className={style.quiet} role="status">
        {text.count(formats.number(shown), formats.number(total))}
      </span>
      {more && (
        <Button variant="default" size="xs" onClick={more} loading={loading}>
          {text.showMore(formats.number(total - shown))}
        </Button>
      )}
    </div>
  );
}
