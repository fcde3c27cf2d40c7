import { catalogue } from "../text/useText";

export const words = catalogue(
  {
    more: (count: string) => `Show more (${count} left)`,
    kept: "Nothing that you entered is lost. Sent again it is still done only once.",
    close: "Close",
    conflict: "It changed meanwhile",
  },
  {
    more: (count) => `Mehr zeigen (noch ${count})`,
    kept: "Nichts von Ihren Eingaben ist verloren. Noch einmal gesendet geschieht es doch nur einmal.",
    close: "Schließen",
    conflict: "Es hat sich inzwischen geändert",
  },
);
