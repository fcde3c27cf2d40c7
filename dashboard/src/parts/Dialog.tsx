import { Modal } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useText } from "../text/useText";
import "./dialog.css";
import { Leave } from "./Leave";
import { words } from "./words";

interface DialogProps {
  title: string;
  onClose: () => void;
  size?: string;
  /** Whether something was entered that would go with it: Esc and the cross then ask first. */
  entered?: boolean;
  children: ReactNode;
}

/** A dialog that is there as long as it is rendered; then the focus goes back to where it was. */
export function Dialog({ title, onClose, size = "md", entered = false, children }: DialogProps) {
  const { close } = useText(words);
  useReturnedFocus();
  const { asking, leave, stay } = useLeave(entered, onClose);
  return (
    // What was entered is not thrown away by a click beside it.
    <Modal.Root opened onClose={leave} size={size} closeOnClickOutside={false} lockScroll={false}>
      <Modal.Overlay />
      <Modal.Content>
        {/* Not Modal.Header, whose element would be a second banner of the page. */}
        <div className="dialog-head">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton aria-label={close} />
        </div>
        <Modal.Body>
          {asking && <Leave onLeave={onClose} onStay={stay} />}
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Closes what nothing was entered into, and else asks, once; who stays goes on where they were. */
function useLeave(entered: boolean, onClose: () => void) {
  const [wanted, setWanted] = useState(false);
  const field = useRef<Element | null>(null);
  const asking = wanted && entered;
  const stay = () => {
    setWanted(false);
    (field.current as HTMLElement | null)?.focus();
  };
  const leave = () => {
    if (!entered) return onClose();
    if (asking) return stay();
    field.current = document.activeElement;
    setWanted(true);
  };
  return { asking, leave, stay };
}

/** Gives the focus back to what had it, or to the view where that is gone, unless somebody else has taken it. */
export function useReturnedFocus(): void {
  const opener = useRef(document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        if (document.activeElement !== document.body) return;
        const { current } = opener;
        const to = current?.isConnected && current !== document.body ? current : document.querySelector("main");
        (to as HTMLElement | null)?.focus();
      });
    },
    [],
  );
}
