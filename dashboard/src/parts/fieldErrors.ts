/** What a mutation says of a refusal. */
export interface UserError {
  code: string;
  field: readonly string[] | null;
  message: string;
}

/** Messages by the name of the field of a form; under "" those that no field of it is at fault for. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Puts each message to the field that its path ends at, if the form has it. */
export function byField(errors: readonly UserError[], fields: readonly string[]): FieldErrors {
  const found: Record<string, string> = {};
  for (const { field, message } of errors) {
    const last = field?.at(-1) ?? "";
    const name = fields.includes(last) ? last : "";
    found[name] = found[name] === undefined ? message : `${found[name]} ${message}`;
  }
  return found;
}
