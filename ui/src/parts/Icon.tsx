// Small line drawings, 16 px, in the colour of the text around them.
import type { ReactNode } from "react";

const PATHS = {
  runs: <path d="M2.5 4h11M2.5 8h11M2.5 12h7" />,
  rules: <path d="m8 2 6 3-6 3-6-3 6-3ZM2 8l6 3 6-3M2 11l6 3 6-3" />,
  decide: <path d="M8 14V9m0 0L3.5 4.5M8 9l4.5-4.5M3.5 7.5v-3h3M12.5 7.5v-3h-3" />,
  health: <path d="M1.5 8.5h3l2-5 3 9 2-4h3" />,
  inbox: <path d="M2 9.5 4 3h8l2 6.5V13H2V9.5Zm0 0h3.5l1 1.8h3l1-1.8H14" />,
  search: <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14" />,
  close: <path d="m4 4 8 8m0-8-8 8" />,
  plus: <path d="M8 3v10M3 8h10" />,
  check: <path d="m3 8.5 3.2 3.2L13 5" />,
  retry: <path d="M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3" />,
  pause: <path d="M5.5 3.5v9m5-9v9" />,
  play: <path d="m5 3 7.5 5L5 13V3Z" />,
  stop: <path d="M4 4h8v8H4z" />,
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" />,
  copy: <path d="M5.5 5.5V2.8h7.7v7.7h-2.7M2.8 5.5h7.7v7.7H2.8z" />,
  next: <path d="m6 3.5 4.5 4.5L6 12.5" />,
  back: <path d="M10 3.5 5.5 8l4.5 4.5" />,
  down: <path d="m3.5 6 4.5 4.5L12.5 6" />,
  warn: <path d="M8 2.2 14.5 13.5h-13L8 2.2Zm0 4.3v3.2m0 1.9v.1" />,
  clock: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9v3.2l2 1.5" />,
  edit: <path d="m3 13 .6-3L11 2.6l2.4 2.4L6 12.4 3 13Z" />,
  sun: <path d="M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5m0 11V15M1 8h1.5m11 0H15M3 3l1 1m8 8 1 1M3 13l1-1m8-8 1-1" />,
  moon: <path d="M13.5 9.7A6 6 0 0 1 6.3 2.5a6 6 0 1 0 7.2 7.2Z" />,
  link: <path d="M6.5 9.5 13 3M9 3h4v4M7 3.5H3v9.5h9.5V9" />,
  filter: <path d="M2 3h12L9.5 8.5V13l-3-1.5v-3L2 3Z" />,
  keyboard: <path d="M1.5 4h13v8h-13zM4 6.5h.01M6.5 6.5h.01M9 6.5h.01M11.5 6.5h.01M5 9.5h6" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {PATHS[name]}
    </svg>
  );
}
