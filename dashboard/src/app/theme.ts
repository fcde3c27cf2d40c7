import { createTheme, Drawer, Modal } from "@mantine/core";

/** Locking the page's scroll would write a style element; the shell does not scroll as a whole anyway. */
const unlocked = { lockScroll: false };

export const theme = createTheme({
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    Modal: Modal.extend({ defaultProps: unlocked }),
    Drawer: Drawer.extend({ defaultProps: unlocked }),
  },
});
