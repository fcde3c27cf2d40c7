import { Component, type ReactNode } from "react";
import { Failure } from "../parts/Failure";
import { useText } from "../text/useText";

/** Shows that a view failed in its place, with another try; the shell around it stays. */
export class ViewFault extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Failed /> : this.props.children;
  }
}

/** A chunk that could not be fetched is remembered as missing by the browser: only a new page asks again. */
function Failed() {
  const text = useText();
  return <Failure message={text.failure.view} onAgain={() => location.reload()} />;
}
