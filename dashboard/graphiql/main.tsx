import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./page.css";
import { createRoot } from "react-dom/client";
import { fetchDemo, firstRole } from "./demo";
import { exampleTabs } from "./examples";
import { Page } from "./Page";

const demo = await fetchDemo();
const tabs = await exampleTabs(demo?.tokens[firstRole(demo)]);
const root = document.getElementById("page");
if (root) createRoot(root).render(<Page demo={demo} tabs={tabs} />);
