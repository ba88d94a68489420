// The screens, each loaded when it is first shown.
import { type ComponentType, createElement, lazy, useState } from "react";
import type { IconName } from "@/parts/Icon";

const loaders: [RegExp, () => Promise<unknown>][] = [];

/**
 * A screen that is loaded when it is first shown, or before by `preload`: then it is drawn at once, where React
 * would wait a third of a second after it has drawn what stands in its place.
 */
function screen<Props extends object>(paths: RegExp, load: () => Promise<{ default: ComponentType<Props> }>) {
  let there: ComponentType<Props> | null = null;
  const fetched = async (): Promise<{ default: ComponentType<Props> }> => {
    const module = await load();
    there = module.default;
    return module;
  };
  const Late = lazy(fetched) as ComponentType<Props>;
  loaders.push([paths, fetched]);
  return function Screen(props: Props) {
    const [Own] = useState(() => there ?? Late); // the same for as long as it is shown
    return createElement(Own, props);
  };
}

export const Runs = screen(/^\/(runs)?$/, () => import("@/screens/runs"));
export const Run = screen<{ run: string }>(/^\/runs\/./, () => import("@/screens/run"));
export const Rules = screen(/^\/rules/, () => import("@/screens/rules"));
export const Decide = screen(/^\/decide/, () => import("@/screens/decide"));
export const Health = screen(/^\/health/, () => import("@/screens/health"));
export const Inbox = screen(/^\/inbox/, () => import("@/screens/inbox"));

/** Load the screen of a path before it is shown. Never rejects: who shows it meets what is wrong. */
export async function preload(path: string): Promise<void> {
  const load = loaders.find(([paths]) => paths.test(path))?.[1];
  await load?.().catch(() => undefined);
}

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
