import { Loader } from "@mantine/core";
import { useText } from "../text/useText";

/** In place of something that is still being read. */
export function Waiting() {
  const text = useText();
  return (
    <div className="waiting" role="status" aria-label={text.loading}>
      <Loader />
    </div>
  );
}
