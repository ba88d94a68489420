// Where the value of a JSON pointer stands in a text.

export interface TextPlace {
  offset: number;
  /** From 1. */
  line: number;
}

/** The place of a pointer (RFC 6901), or of the nearest value around it; null for a text that is no JSON. */
export function placeOf(text: string, pointer: string): TextPlace | null {
  const wanted = pointer === "" ? [] : pointer.slice(1).split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  try {
    const offset = new Finder(text, wanted).find();
    return { offset, line: text.slice(0, offset).split("\n").length };
  } catch {
    return null;
  }
}

/** Reads the text as far as the value that is wanted. Throws `SyntaxError`. */
class Finder {
  private at = 0;
  private found = 0;
  private depth = -1;

  constructor(
    private readonly text: string,
    private readonly wanted: readonly string[],
  ) {}

  find(): number {
    this.value([]);
    return this.found;
  }

  private value(path: readonly string[]): void {
    this.space();
    if (path.length > this.depth && path.every((part, index) => part === this.wanted[index])) {
      this.depth = path.length;
      this.found = this.at;
    }
    const first = this.text[this.at];
    if (first === "{") this.members(path);
    else if (first === "[") this.items(path);
    else if (first === '"') this.string();
    else this.word();
  }

  private members(path: readonly string[]): void {
    this.at++;
    while (this.more("}")) {
      const name = this.string();
      this.space();
      this.at++; // the colon
      this.value([...path, name]);
    }
  }

  private items(path: readonly string[]): void {
    this.at++;
    for (let index = 0; this.more("]"); index++) this.value([...path, String(index)]);
  }

  /** Whether another member comes; passes the comma, or the end. */
  private more(end: string): boolean {
    this.space();
    if (this.text[this.at] === ",") {
      this.at++;
      this.space();
    }
    if (this.text[this.at] !== end) return true;
    this.at++;
    return false;
  }

  private string(): string {
    const start = this.at;
    do {
      if (this.text[this.at] === "\\") this.at++;
      this.at++;
      if (this.at >= this.text.length) throw new SyntaxError("the text ends within a string");
    } while (this.text[this.at] !== '"');
    this.at++;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private word(): void {
    const start = this.at;
    while (this.at < this.text.length && !/[\s,\]}]/.test(this.text[this.at] ?? "")) this.at++;
    if (this.at === start) throw new SyntaxError("a value is missing");
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }
}
