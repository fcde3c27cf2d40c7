/** A demo service offers a token per role; production answers 404 and people paste their own. */
export interface Demo {
  tenant: string;
  tokens: Record<string, string>;
}

export async function fetchDemo(): Promise<Demo | null> {
  const response = await fetch(new URL("demo/tokens", document.baseURI)).catch(() => null);
  if (!response?.ok) return null;
  const demo = (await response.json()) as Demo;
  return Object.keys(demo.tokens).length > 0 ? demo : null;
}

/** The admin, who may run every example; else whichever role is offered first. */
export function firstRole(demo: Demo): string {
  return "admin" in demo.tokens ? "admin" : (Object.keys(demo.tokens)[0] ?? "");
}
