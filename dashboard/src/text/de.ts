import type { en } from "./en";
import type { Translated } from "./language";

export const de: Translated<typeof en> = {
  product: "Stockcast",
  skip: "Zum Inhalt springen",
  navigation: "Ansichten",
  settings: {
    language: "Sprache",
    light: "Hell",
    dark: "Dunkel",
    system: "Wie das System",
    theme: "Farben",
    signOut: "Abmelden",
    explore: "GraphiQL",
  },
  signIn: {
    title: "Anmelden",
    demo: (tenant) => `Das ist eine Vorführung des Mandanten ${tenant}. Wählen Sie, wer Sie sind.`,
    as: (role) => `Als ${role}`,
    token: "Bearer-Token",
    tokenHint: "Ein Token Ihres Ausstellers. Es bleibt auf dieser Seite und ist vergessen, wenn Sie sie schließen.",
    withToken: "Mit dem Token anmelden",
    withOpenId: "Anmelden",
    or: "oder",
    expired: "Ihre Sitzung ist abgelaufen. Melden Sie sich an, um hier weiterzuarbeiten.",
    refused: "Der Dienst nimmt dieses Token nicht an.",
    unreachable: "Der Dienst ist nicht erreichbar. Versuchen Sie es gleich noch einmal.",
  },
  roles: {
    vendor: "Lieferant",
    manager: "Lagerleitung",
    approver: "Freigabe",
    analyst: "Auswertung",
    system: "System",
    admin: "Verwaltung",
  },
  connection: {
    title: "Verbindung",
    connecting: "Verbindet",
    "catching up": "Holt auf",
    live: "Live",
    late: "Nichts Neues",
    offline: "Getrennt",
    since: (time) => `seit ${time}`,
    report: (changes, time) =>
      changes === 1 ? `Aufgeholt: 1 Änderung seit ${time}` : `Aufgeholt: ${changes} Änderungen seit ${time}`,
    reset: (time) => `Neu gelesen: seit ${time} ist zu viel geschehen`,
  },
  views: {
    stock: "Bestand",
  },
  failure: {
    title: "Das hat nicht geklappt",
    again: "Noch einmal",
    unreachable: "Der Dienst ist nicht erreichbar.",
    view: "Diese Ansicht konnte nicht geladen werden.",
  },
  status: { IN_STOCK: "Vorrätig", LOW: "Knapp", OUT_OF_STOCK: "Ausverkauft", OVERSTOCK: "Überbestand" },
  loading: "Lädt",
  close: "Schließen",
  notFound: "Diese Ansicht gibt es nicht.",
  none: "–",
};
