import "./app/styles";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";

const root = document.getElementById("page");
if (root) createRoot(root).render(<App />);
