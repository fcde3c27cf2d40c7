import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useEffect, useState } from "react";
import { useSeparator } from "./useSeparator";

interface QuantityInputProps extends Omit<NumberInputProps, "value" | "onChange" | "decimalScale"> {
  /** Base units; null where nothing, or nothing that is a number, was entered. */
  units: number | null;
  onUnits: (units: number | null) => void;
  /** The decimal places that the item's quantities are shown with. */
  scale?: number;
}

/** A quantity as its item is counted: at 3 decimal places 1.5 is 1,500 base units. */
export function QuantityInput({ units, onUnits, scale = 0, ...input }: QuantityInputProps) {
  const separator = useSeparator();
  const [entered, setEntered] = useState<string | number>(shown(units, scale));
  useEffect(() => {
    // What is being typed, such as "1," or "-", stands as long as it means the same.
    setEntered((known) => (unitsOf(known, scale) === units ? known : shown(units, scale)));
  }, [units, scale]);
  const change = (value: string | number) => {
    setEntered(value);
    onUnits(unitsOf(value, scale));
  };
  return (
    <NumberInput
      hideControls
      inputMode={scale > 0 ? "decimal" : "numeric"}
      allowDecimal={scale > 0}
      decimalScale={scale}
      {...separator}
      {...input}
      value={entered}
      onChange={change}
    />
  );
}

function shown(units: number | null, scale: number): string | number {
  return units === null ? "" : units / 10 ** scale;
}

function unitsOf(value: string | number, scale: number): number | null {
  const number = typeof value === "number" ? value : Number.parseFloat(value);
  return Number.isFinite(number) ? Math.round(number * 10 ** scale) : null;
}
