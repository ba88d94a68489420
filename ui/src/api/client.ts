// The client of the service, made from its OpenAPI document.
import createClient from "openapi-fetch";
import { parseExactly } from "@/parts/exact";
import { askForKey, authorization } from "./key";
import { problemOf, Refusal, UNREACHABLE } from "./problem";
import type { components, paths } from "./schema";

/** A schema of the OpenAPI document: `Schema<"Run">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

async function send(request: Request): Promise<Response> {
  for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value);
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Refusal(UNREACHABLE);
  }
  if (response.status === 401) askForKey();
  return response;
}

/** The typed client: `await got(api.GET("/v1/runs/{run}", { params: { path: { run } } }))`. */
export const api = createClient<paths>({
  fetch: send,
  querySerializer: { array: { style: "form", explode: false } },
});

interface Reply<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The data of a reply. Throws `Refusal` for what is none. */
export async function got<Data>(call: Promise<Reply<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined || data === null) {
    throw new Refusal(problemOf(error, response.status));
  }
  return data;
}

/** A query string's parts; what is undefined, null or empty is left out, lists are joined by commas. */
export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

interface Call {
  method?: "GET" | "POST";
  query?: Query;
  body?: unknown;
  /** The body as it is sent, where its numbers are to stay exact. */
  text?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Numbers of the reply stay as they were written; see `parts/exact.ts`. */
  exact?: boolean;
}

/** Call a path by its text, for what the generated client has no types for. Throws `Refusal`. */
export async function call<Data>(path: string, options: Call = {}): Promise<Data> {
  const { method, query, body, text, headers, signal, exact = false } = options;
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const request = new Request(path + queryText(query), {
    method: method ?? (sent === undefined ? "GET" : "POST"),
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
    ...(sent === undefined ? {} : { body: sent }),
    ...(signal ? { signal } : {}),
  });
  const response = await send(request);
  const answer = await response.text();
  let read: unknown;
  try {
    read = answer === "" ? null : exact ? parseExactly(answer) : JSON.parse(answer);
  } catch {
    read = null;
  }
  if (!response.ok) throw new Refusal(problemOf(read, response.status));
  return read as Data;
}

/** `?name=value&…`, or nothing. */
export function queryText(query: Query = {}): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const text = Array.isArray(value) ? value.join(",") : String(value ?? "");
    if (text !== "") pairs.set(name, text);
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

/** A new Idempotency-Key; make one for each order a person gives, and send it again with each repeat. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
