// The screens, each loaded when it is first shown.
import { lazy } from "react";
import type { IconName } from "@/parts/Icon";

export const Runs = lazy(() => import("@/screens/runs"));
export const Run = lazy(() => import("@/screens/run"));
export const Rules = lazy(() => import("@/screens/rules"));
export const Decide = lazy(() => import("@/screens/decide"));
export const Health = lazy(() => import("@/screens/health"));
export const Inbox = lazy(() => import("@/screens/inbox"));

interface Place {
  path: string;
  title: string;
  icon: IconName;
  /** The second key after `g`. */
  key: string;
}

/** What the navigation shows, in its order. */
export const PLACES: readonly Place[] = [
  { path: "/runs", title: "Runs", icon: "runs", key: "r" },
  { path: "/rules", title: "Rules", icon: "rules", key: "u" },
  { path: "/decide", title: "Decide", icon: "decide", key: "d" },
  { path: "/health", title: "Health", icon: "health", key: "h" },
  { path: "/inbox", title: "Inbox", icon: "inbox", key: "i" },
];
