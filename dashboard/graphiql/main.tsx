import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./page.css";
import { createRoot } from "react-dom/client";
import { fetchDemo, firstRole } from "./demo";
import { exampleTabs } from "./examples";
import { linkedTab } from "./linked";
import { Page } from "./Page";

const demo = await fetchDemo();
// What the vendor sees, so that the examples are its goods, and a correction of them waits where it asks for it.
const tabs = await exampleTabs(demo?.tokens.vendor ?? demo?.tokens[firstRole(demo)]);
const root = document.getElementById("page");
if (root) createRoot(root).render(<Page demo={demo} tabs={tabs} linked={linkedTab(location.hash)} />);
