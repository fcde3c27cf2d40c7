import { StorageAPI } from "@graphiql/toolkit";
import { GraphiQL, type GraphiQLProps } from "graphiql";
import { useMemo, useRef, useState } from "react";
import { Authorization } from "./Authorization";
import { type Demo, firstRole } from "./demo";
import { createFetcher } from "./endpoint";
import type { Linked } from "./linked";
import { Variables } from "./Variables";

const noPlugins: NonNullable<GraphiQLProps["plugins"]> = [];

interface PageProps {
  demo: Demo | null;
  tabs: NonNullable<GraphiQLProps["defaultTabs"]>;
  /** What the address asks for, opened before all others. */
  linked: Linked | null;
}

export function Page({ demo, tabs, linked }: PageProps) {
  const [role, setRole] = useState(demo ? firstRole(demo) : "");
  const token = demo?.tokens[role];
  // The fetcher outlives a change of role: a new one would make GraphiQL read the schema again.
  const currentToken = useRef(token);
  currentToken.current = token;
  const fetcher = useMemo(() => createFetcher(() => currentToken.current), []);
  return (
    <>
      <header className="bar">
        <strong>Stockcast</strong>
        {demo ? <RoleSwitcher demo={demo} role={role} onChange={setRole} /> : <PasteToken />}
        <button type="button" onClick={resetExamples}>
          Reset examples
        </button>
      </header>
      <main className="ide">
        <GraphiQL
          fetcher={fetcher}
          // Kept tabs get another for what is linked; a first visit begins with it.
          defaultTabs={linked ? [linked, ...tabs] : tabs}
          {...(linked && { initialQuery: linked.query, initialVariables: linked.variables })}
          defaultEditorToolsVisibility="variables"
          // Tokens stay out of the browser's storage: no headers in the tabs it keeps, and no history, which keeps them.
          plugins={noPlugins}
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
        >
          <GraphiQL.Logo>
            <Authorization demo={demo} role={role} />
            <Variables />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

function RoleSwitcher({ demo, role, onChange }: { demo: Demo; role: string; onChange: (role: string) => void }) {
  return (
    <>
      <span>
        Tenant <b>{demo.tenant}</b>
      </span>
      <label>
        Role{" "}
        <select value={role} onChange={(event) => onChange(event.target.value)}>
          {Object.keys(demo.tokens).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </>
  );
}

function PasteToken() {
  return (
    <span>
      Paste a token into Headers: <code>{'{"Authorization": "Bearer …"}'}</code>, then re-fetch the schema.
    </span>
  );
}

/** GraphiQL keeps its tabs between visits; without them it opens the examples anew. */
function resetExamples() {
  new StorageAPI().clear();
  location.reload();
}
