// What of the screen stands in the URL.
import { oneOf, text } from "@/app/search";

export const SEARCH = {
  decision: text,
  facts: text,
  at: text,
  as: oneOf(["form", "json"]),
  /** The ruleset to compare with: a digest, `pending`, or `edits` while files are edited here. */
  against: text,
  run: text,
  key: text,
};
