import { useText } from "../../text/useText";
import { AdjustForm } from "./AdjustForm";
import { useDraft } from "./useDraft";
import { words } from "./words";

/** Corrections as a page of its own, for those who come with a scanner. */
export default function AdjustView() {
  const text = useText(words);
  return (
    <section aria-labelledby="adjust-title">
      <h1 id="adjust-title">{text.title}</h1>
      <AdjustForm draft={useDraft()} />
    </section>
  );
}
