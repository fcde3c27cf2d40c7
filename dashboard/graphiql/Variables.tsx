import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useRef } from "react";
import { adjustmentToCome, reservationToCome } from "./examples";

/**
 * Keeps the variables editor true to the open tab: GraphiQL opens a page without the first tab's variables, and the
 * tabs that take a reservation on need the id of the one that ReserveStock was answered with last, those that decide on an
 * adjustment the id of one that waits.
 */
export function Variables() {
  const { variableEditor, activeTabIndex, tabs } = useGraphiQL(({ variableEditor, activeTabIndex, tabs }) => ({
    variableEditor,
    activeTabIndex,
    tabs,
  }));
  const kept = tabs[activeTabIndex]?.variables ?? "";
  useEffect(() => {
    if (variableEditor?.getValue() === "" && kept !== "") variableEditor.setValue(kept);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only what the page opens with: later an empty editor is somebody's wish
  }, [variableEditor]);
  useIdToCome(reservationToCome, reservationIn);
  useIdToCome(adjustmentToCome, waitingIn);
  return null;
}

/** Fills in, for the text that stands in its place and for those filled in before, the id that an answer told last. */
function useIdToCome(toCome: string, idIn: (response: string | null) => string | null) {
  const { variableEditor, activeTabIndex, tabs } = useGraphiQL(({ variableEditor, activeTabIndex, tabs }) => ({
    variableEditor,
    activeTabIndex,
    tabs,
  }));
  const { updateActiveTabValues } = useGraphiQLActions();
  const told = tabs.map((tab) => idIn(tab.response)).find((id) => id !== null);
  const earlier = useRef(new Set([toCome]));
  useEffect(() => {
    if (!variableEditor || !told) return;
    const variables = variableEditor.getValue();
    const filled = [...earlier.current].reduce((text, id) => text.replaceAll(id, told), variables);
    earlier.current.add(told);
    if (filled === variables) return;
    variableEditor.setValue(filled);
    updateActiveTabValues({ variables: filled });
  }, [variableEditor, activeTabIndex, told, updateActiveTabValues]);
}

/** The id of the first adjustment that a tab shows as waiting: in the list of them, or as the answer to AdjustStock. */
function waitingIn(response: string | null): string | null {
  if (!response?.includes('"PENDING_APPROVAL"')) return null;
  try {
    const { adjustments, adjustStock } = JSON.parse(response).data;
    const shown = adjustments ? adjustments.nodes : [adjustStock.adjustment];
    return shown.find((each: { status: string }) => each.status === "PENDING_APPROVAL").id;
  } catch {
    return null;
  }
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
