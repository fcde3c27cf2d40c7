import { createContext, use } from "react";
import { may, type Operation, type Viewer } from "./session";

export const ViewerContext = createContext<Viewer | null>(null);

export function useViewer(): Viewer {
  const viewer = use(ViewerContext);
  if (!viewer) throw new Error("useViewer is used where nobody is signed in");
  return viewer;
}

/** Whether to offer what calls an operation; the service decides it again. */
export function useMay(operation: Operation): boolean {
  return may(useViewer(), operation);
}
