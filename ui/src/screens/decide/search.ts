// What of the screen stands in the URL.
import { oneOf, text } from "@/app/search";

export const SEARCH = {
  decision: text,
  facts: text,
  at: text,
  as: oneOf(["form", "json"]),
  /** The ruleset to compare with: a digest, `pending`, or `edits` while files are edited here. */
  against: text,
  /** A decision of a run: its step with the visit, and the number of its entry in the history. */
  run: text,
  key: text,
  entry: text,
};
