import { Modal } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useText } from "../text/useText";
import "./dialog.css";
import { words } from "./words";

interface DialogProps {
  title: string;
  onClose: () => void;
  size?: string;
  children: ReactNode;
}

/** A dialog that is there as long as it is rendered; then the focus goes back to where it was. */
export function Dialog({ title, onClose, size = "md", children }: DialogProps) {
  const { close } = useText(words);
  useReturnedFocus();
  return (
    // What was entered is not thrown away by a click beside it.
    <Modal.Root opened onClose={onClose} size={size} closeOnClickOutside={false} lockScroll={false}>
      <Modal.Overlay />
      <Modal.Content>
        {/* Not Modal.Header, whose element would be a second banner of the page. */}
        <div className="dialog-head">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton aria-label={close} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
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
