import { useEffect, useRef } from "react";

/** Bring a line into sight once something else is selected; later on a reader may have scrolled away. */
export function useSeen(selection: string | null, index: number, show: (index: number) => void): void {
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (index < 0 || shown.current === selection) return;
    shown.current = selection;
    show(index);
  }, [selection, index]);
}
