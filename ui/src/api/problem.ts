// Problem details (RFC 9457), as the service answers whatever does not succeed.

export interface Fault {
  pointer: string;
  code: string;
  message: string;
  hint?: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors: Fault[];
  [more: string]: unknown;
}

/** What a call throws when it does not succeed. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "Refusal";
  }

  /** The end of the problem's type: `run-ended`. */
  get kind(): string {
    return this.problem.type.split("/").pop() ?? "";
  }
}

export const UNREACHABLE: Problem = {
  type: "/problems/unreachable",
  title: "The service cannot be reached",
  status: 0,
  detail: "It is down, or the network is. The page tries again by itself.",
  errors: [],
};

/** The problem that a reply is; a reply of no problem gives one that says so. */
export function problemOf(body: unknown, status: number): Problem {
  if (typeof body === "object" && body !== null && "title" in body) {
    const told = body as Partial<Problem>;
    return {
      ...told,
      type: told.type ?? "",
      title: told.title ?? "",
      status: told.status ?? status,
      detail: told.detail ?? "",
      errors: told.errors ?? [],
    };
  }
  return { type: "", title: `The service answered ${status}`, status, detail: "", errors: [] };
}

/** What any error is to the reader. */
export function shownProblem(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { type: "", title: "The page met a defect", status: 0, detail, errors: [] };
}
