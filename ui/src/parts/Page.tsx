import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  /** Stands in the browser's tab instead of the title. */
  tab?: string;
  /** Beside the title: a badge, a count. */
  beside?: ReactNode;
  actions?: ReactNode;
  /** The body takes the whole room and scrolls by itself. */
  flush?: boolean;
  children: ReactNode;
}

/** A screen: its heading, what can be done, and a body that scrolls. */
export function Page({ title, tab, beside, actions, flush = false, children }: Props) {
  useEffect(() => {
    document.title = `${tab ?? title} · rulesflow`;
  }, [tab, title]);
  return (
    <div className="page">
      <header>
        <h1>{title}</h1>
        {beside}
        {actions && <div className="actions">{actions}</div>}
      </header>
      <div className={flush ? "body flush" : "body"}>{children}</div>
    </div>
  );
}

interface PanelProps {
  title: ReactNode;
  actions?: ReactNode;
  /** Without a margin inside, for tables. */
  flush?: boolean;
  children: ReactNode;
}

/** A part of a screen with a heading of its own. */
export function Panel({ title, actions, flush = false, children }: PanelProps) {
  return (
    <section className="panel">
      <header>
        <h2>{title}</h2>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {flush ? children : <div className="inside">{children}</div>}
    </section>
  );
}
