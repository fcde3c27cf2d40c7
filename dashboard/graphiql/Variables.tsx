import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useRef } from "react";
import { reservationToCome } from "./examples";

/**
 * Keeps the variables editor true to the open tab: GraphiQL opens a page without the first tab's variables, and the
 * tabs that take a reservation on need the id of the one that ReserveStock was answered with last.
 */
export function Variables() {
  const { variableEditor, activeTabIndex, tabs } = useGraphiQL(({ variableEditor, activeTabIndex, tabs }) => ({
    variableEditor,
    activeTabIndex,
    tabs,
  }));
  const { updateActiveTabValues } = useGraphiQLActions();
  const kept = tabs[activeTabIndex]?.variables ?? "";
  const reserved = tabs.map((tab) => reservationIn(tab.response)).find((id) => id !== null);
  const earlier = useRef(new Set([reservationToCome]));
  useEffect(() => {
    if (variableEditor?.getValue() === "" && kept !== "") variableEditor.setValue(kept);
    // Only what the page opens with: later an empty editor is somebody's wish.
  }, [variableEditor]);
  useEffect(() => {
    if (!variableEditor || !reserved) return;
    const variables = variableEditor.getValue();
    const filled = [...earlier.current].reduce((text, id) => text.replaceAll(id, reserved), variables);
    earlier.current.add(reserved);
    if (filled === variables) return;
    variableEditor.setValue(filled);
    updateActiveTabValues({ variables: filled });
  }, [variableEditor, activeTabIndex, reserved, updateActiveTabValues]);
  return null;
}

/** The id of the reservation that a tab shows as the answer to ReserveStock. */
function reservationIn(response: string | null): string | null {
  if (!response?.includes('"reserveStock"')) return null;
  try {
    return JSON.parse(response).data.reserveStock.reservation.id;
  } catch {
    return null;
  }
}
