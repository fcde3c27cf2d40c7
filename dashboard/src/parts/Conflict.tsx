import type { ReactNode } from "react";
import { useText } from "../text/useText";
import "./conflict.css";
import { Told } from "./Told";
import { words } from "./words";

/** What somebody decided on is no longer so: `children` say what they saw, what is there now, and the ways on. */
export function Conflict({ children }: { children: ReactNode }) {
  const text = useText(words);
  return (
    <div className="conflict" role="alert" data-conflict>
      <Told tone="warn">
        <strong>{text.conflict}</strong>
      </Told>
      {children}
    </div>
  );
}
