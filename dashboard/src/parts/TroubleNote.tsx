import { Alert } from "@mantine/core";
import { useText } from "../text/useText";
import { words } from "./words";

/** Says why no answer came, that what was entered is still there, and that sending it again does it once. */
export function TroubleNote({ trouble }: { trouble: string | null }) {
  const text = useText();
  const { kept } = useText(words);
  if (trouble === null) return null;
  return (
    <Alert color="red" role="alert" title={text.failure.title}>
      {trouble} {kept}
    </Alert>
  );
}
