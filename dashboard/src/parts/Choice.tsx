import { useId } from "react";
import style from "./choice.module.css";

interface ChoiceProps<Value extends string> {
  label: string;
  /** What there is to choose from, with what it is called. */
  offered: Record<Value, string>;
  chosen: Value;
  onChoice: (value: Value) => void;
}

/** One of a few, by the browser's own list. */
export function Choice<Value extends string>({ label, offered, chosen, onChoice }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <div className={style.choice}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={chosen} onChange={(event) => onChoice(event.currentTarget.value as Value)}>
        {(Object.entries(offered) as [Value, string][]).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
