import { useMediaQuery } from "@mantine/hooks";

/** Whether the page is as narrow as a phone: where list.css makes cards of rows. */
export function useNarrow(): boolean {
  return useMediaQuery("(max-width: 48rem)", undefined, { getInitialValueInEffect: false });
}
