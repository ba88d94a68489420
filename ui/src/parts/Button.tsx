import type { ButtonHTMLAttributes } from "react";
import { Icon, type IconName } from "./Icon";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** How much it stands out; `danger` for what takes away. */
  kind?: "plain" | "primary" | "danger" | "quiet";
  icon?: IconName;
  /** Something it began goes on: it turns, and cannot be pressed. */
  busy?: boolean;
}

export function Button({ kind = "plain", icon, busy = false, children, disabled, className, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      className={className ? `button ${className}` : "button"}
      data-kind={kind}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy ? <span className="spin" /> : icon && <Icon name={icon} size={14} />}
      {children}
    </button>
  );
}
