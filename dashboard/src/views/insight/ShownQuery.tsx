import { Button } from "@mantine/core";
import { useRef, useState } from "react";
import { useText } from "../../text/useText";
import style from "./insight.module.css";
import { words } from "./words";

export interface Query {
  document: { text: string };
  variables: object;
}

/** What a picture was asked for with, to be asked again elsewhere. */
export function ShownQuery({ document, variables }: Query) {
  const text = useText(words).query;
  const shown = useRef<HTMLDivElement>(null);
  const [told, setTold] = useState("");
  const sent = JSON.stringify(variables, null, 2);
  const copy = async () => {
    // Missing on a page opened over plain HTTP by another machine's name.
    const copied = await navigator.clipboard?.writeText(`${document.text}\n\n${sent}\n`).then(
      () => true,
      () => false,
    );
    if (!copied && shown.current) getSelection()?.selectAllChildren(shown.current);
    setTold(copied ? text.copied : text.selected);
  };
  return (
    <div className={style.query} role="group" aria-label={text.title}>
      <div ref={shown}>
        <h3>{text.document}</h3>
        <pre tabIndex={0}>{document.text}</pre>
        <h3>{text.variables}</h3>
        <pre tabIndex={0}>{sent}</pre>
      </div>
      <div className={style.tools}>
        <Button variant="default" size="xs" onClick={copy}>
          {text.copy}
        </Button>
        <a href={`graphql#${new URLSearchParams({ query: document.text, variables: sent })}`}>{text.open}</a>
        <span role="status">{told}</span>
      </div>
    </div>
  );
}
