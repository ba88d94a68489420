// The schema of the facts, as the form draws it.
import type { JsonSchema } from "@/parts/SchemaForm";

const DEEPEST = 12; // references within each other; a schema may refer to itself

/** The schema with each reference replaced by what it refers to. */
export function resolved(schema: JsonSchema, root: JsonSchema = schema, depth = 0): JsonSchema {
  const { $ref, ...own } = schema;
  const target = typeof $ref === "string" && depth < DEEPEST ? targetOf(root, $ref) : undefined;
  const all: JsonSchema = target ? { ...resolved(target, root, depth + 1), ...own } : own;
  if (all.properties && depth < DEEPEST) {
    const entries = Object.entries(all.properties);
    all.properties = Object.fromEntries(entries.map(([name, each]) => [name, resolved(each, root, depth + 1)]));
  }
  if (all.items && depth < DEEPEST) all.items = resolved(all.items, root, depth + 1);
  return all;
}

function targetOf(root: JsonSchema, reference: string): JsonSchema | undefined {
  let found: unknown = root;
  for (const part of reference.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    found = (found as Record<string, unknown> | undefined)?.[name];
  }
  return found as JsonSchema | undefined;
}

/** Whether a place of the form is among what a decision reads, or has to be there. Pointers begin with `at`. */
export function shownFor(schema: JsonSchema, reads: readonly string[], at: string): (pointer: string) => boolean {
  const pointers = reads.map((path) => `${at}/${path.replaceAll(".", "/")}`);
  pointers.push(...neededOf(schema, at));
  return (pointer) => pointers.some((each) => pointer === each || pointer.startsWith(`${each}/`));
}

/** What has to be there whatever else is: required members of required objects. */
function neededOf(schema: JsonSchema, at: string): string[] {
  return (schema.required ?? []).flatMap((name) => {
    const inner = schema.properties?.[name];
    return inner?.properties ? neededOf(inner, `${at}/${name}`) : [`${at}/${name}`];
  });
}

/** The schema with what a decision needs beside it required too; `requires` are dotted paths. */
export function needing(schema: JsonSchema, requires: readonly string[]): JsonSchema {
  return requires.reduce((all, path) => withNeeded(all, path.split(".")), schema);
}

function withNeeded(schema: JsonSchema, [name, ...rest]: string[]): JsonSchema {
  const inner = name === undefined ? undefined : schema.properties?.[name];
  if (name === undefined || inner === undefined) return schema;
  return {
    ...schema,
    required: [...new Set([...(schema.required ?? []), name])],
    properties: { ...schema.properties, [name]: withNeeded(inner, rest) },
  };
}
