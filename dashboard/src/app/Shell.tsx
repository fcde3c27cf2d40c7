import { type ComponentType, lazy, Suspense, useEffect, useRef } from "react";
import { Waiting } from "../parts/Waiting";
import { useText } from "../text/useText";
import { AdjustHost } from "../views/adjust/AdjustHost";
import { Account } from "./Account";
import { format, go, useAddress } from "./address";
import { ConnectionState } from "./ConnectionState";
import { SavedViewsMenu } from "./SavedViewsMenu";
import { ViewerContext } from "./ViewerContext";
import { ViewFault } from "./ViewFault";
import { may, type Viewer } from "./session";
import { DIALOGS } from "./theme";
import { type View, views } from "./views";

/** Where they cannot be fetched the page goes on without them. */
const AlertToasts = lazy<ComponentType>(() => import("../views/alerts/AlertToasts").catch(() => ({ default: () => null })));
const loaded = new Map<View["name"], ComponentType>(views.map((view) => [view.name, lazy(view.load)]));

/** The page around the views: where to go, how far the picture is true, and who is looking at it. */
export function Shell({ viewer }: { viewer: Viewer }) {
  const text = useText();
  const { view: name } = useAddress();
  const open = views.filter((view) => may(viewer, view.needs));
  const view = open.find((each) => each.name === name);
  const content = useRef<HTMLElement>(null);
  useEffect(() => {
    if (name === "" && open[0]) go({ view: open[0].name }, { replace: true });
  }, [name, open]);
  useTitle(view && text.views[view.name]);
  const skip = () => content.current?.focus();
  return (
    <ViewerContext value={viewer}>
      <div className="shell">
        <button type="button" className="skip" onClick={skip}>
          {text.skip}
        </button>
        <header className="bar">
          <strong className="brand">{text.product}</strong>
          <ConnectionState />
          <Navigation open={open} current={name} />
          <SavedViewsMenu />
          <Account viewer={viewer} />
        </header>
        <main className="content" ref={content} tabIndex={-1}>
          <div id={DIALOGS} />
          {view ? <Shown key={view.name} view={view} /> : name !== "" && <p>{isView(name) ? text.notYours : text.notFound}</p>}
        </main>
        <AdjustHost />
        <Suspense>
          <AlertToasts />
        </Suspense>
      </div>
    </ViewerContext>
  );
}

function Navigation({ open, current }: { open: readonly View[]; current: string }) {
  const text = useText();
  const list = useRef<HTMLUListElement>(null);
  // On a phone they do not all fit.
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <nav aria-label={text.navigation}>
      <ul className="views" ref={list}>
        {open.map(({ name }) => (
          <li key={name}>
            <a href={format({ view: name })} aria-current={name === current ? "page" : undefined}>
              {text.views[name]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function isView(name: string): boolean {
  return views.some((view) => view.name === name);
}

function Shown({ view }: { view: View }) {
  const Content = loaded.get(view.name);
  return (
    <ViewFault>
      <Suspense fallback={<Waiting />}>{Content && <Content />}</Suspense>
    </ViewFault>
  );
}

function useTitle(view: string | undefined): void {
  const { product } = useText();
  useEffect(() => {
    document.title = view ? `${view} · ${product}` : product;
  }, [view, product]);
}
