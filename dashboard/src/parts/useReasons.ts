import { useMemo } from "react";
import { useAnswer } from "../app/useApi";
import { ReasonCodesDocument, type ReasonCodesQuery } from "../contract";
import { useText } from "../text/useText";
import { called } from "../text/called";
import { codes, reasonName } from "./codes";

type Reasons = ReasonCodesQuery["reasonCodes"];
const NONE: Reasons = [];

/** The tenant's reasons for changing stock by hand, and what people call the one of a code. */
export function useReasons(): { reasons: Reasons; failure: string | null; again: () => void; nameOf: (code: string) => string } {
  const { data, failure, again } = useAnswer(ReasonCodesDocument, {});
  const known = useText(codes).reasons;
  const told = data?.reasonCodes ?? NONE;
  const reasons = useMemo(() => told.map((reason) => ({ ...reason, name: reasonName(reason, known) })), [told, known]);
  const names = useMemo(() => new Map(reasons.map(({ code, name }) => [code, name])), [reasons]);
  return { reasons, failure, again, nameOf: (code) => names.get(code) ?? called(known, code) };
}
