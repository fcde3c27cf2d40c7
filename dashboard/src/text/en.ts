import type { StockStatus } from "../contract";

/** What the shell and all views say. A view's own texts stand beside it. */
export const en = {
  product: "Stockcast",
  skip: "Skip to the content",
  navigation: "Views",
  settings: {
    language: "Language",
    light: "Light",
    dark: "Dark",
    system: "As the system",
    theme: "Colours",
    signOut: "Sign out",
    explore: "GraphiQL",
  },
  signIn: {
    title: "Sign in",
    demo: (tenant: string) => `This is a demo of the tenant ${tenant}. Choose who you are.`,
    as: (role: string) => `As ${role}`,
    token: "Bearer token",
    tokenHint: "A token of your issuer. It stays in this page and is forgotten when you close it.",
    withToken: "Sign in with the token",
    withOpenId: "Sign in",
    or: "or",
    expired: "Your session has ended. Sign in again to go on where you were.",
    refused: "The service does not accept this token.",
    unreachable: "The service cannot be reached. Try again in a moment.",
  },
  roles: {
    vendor: "vendor",
    manager: "manager",
    approver: "approver",
    analyst: "analyst",
    system: "system",
    admin: "admin",
  } as Record<string, string>,
  connection: {
    title: "Connection",
    connecting: "Connecting",
    "catching up": "Catching up",
    live: "Live",
    late: "No news",
    offline: "Offline",
    since: (time: string) => `since ${time}`,
    report: (changes: number, time: string) =>
      changes === 1 ? `Caught up: 1 change since ${time}` : `Caught up: ${changes} changes since ${time}`,
    reset: (time: string) => `Read anew: too much happened since ${time}`,
  },
  views: {
    stock: "Stock",
  },
  failure: {
    title: "That did not work",
    again: "Try again",
    unreachable: "The service cannot be reached.",
    view: "This view could not be loaded.",
  },
  status: {
    IN_STOCK: "In stock",
    LOW: "Low",
    OUT_OF_STOCK: "Out of stock",
    OVERSTOCK: "Overstock",
  } as Record<StockStatus, string>,
  loading: "Loading",
  close: "Close",
  notFound: "There is no such view.",
  none: "–",
};
