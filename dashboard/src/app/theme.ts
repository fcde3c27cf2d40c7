import { createTheme, Drawer, Modal } from "@mantine/core";

/** Where dialogs are put: within `main`, where a dialog's header is no second banner of the page. */
export const DIALOGS = "dialogs";

/** Locking the page's scroll would write a style element; the shell does not scroll as a whole anyway. */
const dialog = { lockScroll: false, portalProps: { target: `#${DIALOGS}` } };

export const theme = createTheme({
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    Modal: Modal.extend({ defaultProps: dialog }),
    Drawer: Drawer.extend({ defaultProps: dialog }),
  },
});
