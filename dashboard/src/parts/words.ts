import { catalogue } from "../text/useText";

export const words = catalogue(
  {
    more: (count: string) => `Show more (${count} left)`,
    kept: "Nothing that you entered is lost. Sent again it is still done only once.",
    close: "Close",
    leave: "What you entered has not been sent. Discard it?",
    stay: "Go on entering",
    discard: "Discard",
    conflict: "It changed meanwhile",
  },
  {
    more: (count) => `Mehr zeigen (noch ${count})`,
    kept: "Nichts von Ihren Eingaben ist verloren. Noch einmal gesendet geschieht es doch nur einmal.",
    close: "Schließen",
    leave: "Ihre Eingaben sind nicht gesendet. Verwerfen?",
    stay: "Weiter eingeben",
    discard: "Verwerfen",
    conflict: "Es hat sich inzwischen geändert",
  },
);
