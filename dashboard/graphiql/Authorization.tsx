import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect } from "react";
import type { Demo } from "./demo";
import { bearer } from "./endpoint";

/**
 * Keeps the chosen role's token in the headers editor of whichever tab is open. It fills an empty editor and exchanges
 * another role's token; anything a person wrote stays.
 */
export function Authorization({ demo, role }: { demo: Demo | null; role: string }) {
  const { headerEditor, activeTabIndex } = useGraphiQL(({ headerEditor, activeTabIndex }) => ({
    headerEditor,
    activeTabIndex,
  }));
  const { stop, updateActiveTabValues } = useGraphiQLActions();
  useEffect(() => {
    const token = demo?.tokens[role];
    if (!headerEditor || !token) return;
    const headers = headerEditor.getValue();
    const filled = fillToken(headers, token, Object.values(demo.tokens));
    if (filled === headers) return;
    // A running subscription would go on with the rights of the role before.
    stop();
    headerEditor.setValue(filled);
    // The tab learns of edits late and not at all before its listeners stand; opened again it would be empty.
    updateActiveTabValues({ headers: filled });
  }, [headerEditor, activeTabIndex, demo, role, stop, updateActiveTabValues]);
  return <span className="logo">GraphiQL</span>;
}

function fillToken(headers: string, token: string, demoTokens: string[]): string {
  if (headers.trim() === "") return JSON.stringify(bearer(token), null, 2);
  return demoTokens.reduce((text, other) => text.replaceAll(other, token), headers);
}
