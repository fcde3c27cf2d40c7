/** What a code is called, or the code itself; of a name that every object has, such as `constructor`, too. */
export function called(names: Readonly<Record<string, string>>, code: string): string {
  return (Object.hasOwn(names, code) && names[code]) || code;
}
