import type { KeyboardEvent, ReactNode } from "react";

interface Props<Name extends string> {
  /** What the tabs are of, for who cannot see them. */
  label: string;
  tabs: readonly { name: Name; title: ReactNode }[];
  current: Name;
  onChoose: (name: Name) => void;
}

/** Tabs by the ARIA pattern: arrows move, one stop for Tab. Give what they show `role="tabpanel"`. */
export function Tabs<Name extends string>({ label, tabs, current, onChoose }: Props<Name>) {
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.name === current);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onChoose(next.name);
    const buttons = event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]');
    buttons[tabs.indexOf(next)]?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.name}
          type="button"
          role="tab"
          aria-selected={tab.name === current}
          tabIndex={tab.name === current ? 0 : -1}
          onClick={() => onChoose(tab.name)}
        >
          {tab.title}
        </button>
      ))}
    </div>
  );
}
