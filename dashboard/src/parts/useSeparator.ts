import { useMemo } from "react";
import { useFormats } from "../text/useText";

/**
 * How a NumberInput takes what a reader types: with the decimal separator of their locale and no other, so that 1,234 is
 * never 1.234 to somebody who groups by it.
 */
export function useSeparator(): { decimalSeparator: string; allowedDecimalSeparators: string[] } {
  const { locale } = useFormats();
  return useMemo(() => {
    const decimalSeparator = separatorOf(locale);
    return { decimalSeparator, allowedDecimalSeparators: [decimalSeparator] };
  }, [locale]);
}

function separatorOf(locale: string): string {
  return new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value ?? ".";
}
