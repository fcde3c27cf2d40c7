import type { ReactNode } from "react";

export type Tone = "good" | "warn" | "bad" | "info" | "plain";

const shapes: Record<Tone, ReactNode> = {
  good: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  warn: <path d="M6 1l5 10H1z" fill="currentColor" />,
  bad: <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" strokeWidth="2.5" />,
  info: <rect x="1.5" y="1.5" width="9" height="9" fill="currentColor" />,
  plain: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="2" />,
};

/** A state in words, with a sign that tells it by shape as well as by colour. */
export function Told({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="told" data-tone={tone}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {shapes[tone]}
      </svg>
      {children}
    </span>
  );
}
