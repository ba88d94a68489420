// Inputs to begin with: made from a workflow's input schema.

interface JsonSchema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  minItems?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  format?: string;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
}

/** A value of the schema: what is required, and where `full` all else too. */
export function example(schema: unknown, full: boolean): unknown {
  return made((schema ?? {}) as JsonSchema, full);
}

function made(schema: JsonSchema, full: boolean): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.enum?.length) return schema.enum[0];
  const choice = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (choice) return made(choice, full);
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== "null") : schema.type;
  switch (type ?? (schema.properties ? "object" : "")) {
    case "object":
      return object(schema, full);
    case "array":
      return full || (schema.minItems ?? 0) > 0 ? [made(schema.items ?? {}, full)] : [];
    case "integer":
    case "number":
      return schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1;
    case "boolean":
      return false;
    case "string":
      return text(schema.format);
    default:
      return null;
  }
}

function object(schema: JsonSchema, full: boolean): Record<string, unknown> {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => full || required.has(name));
  return Object.fromEntries(members.map(([name, member]) => [name, made(member, full)]));
}

function text(format: string | undefined): string {
  if (format === "date-time") return `${new Date().toISOString().slice(0, 19)}Z`;
  if (format === "date") return new Date().toISOString().slice(0, 10);
  if (format === "duration") return "PT1H";
  return "text";
}
