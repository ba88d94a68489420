import { Fragment } from "react";
import { Link } from "wouter";

interface Place {
  file: string;
  line?: number | null | undefined;
  /** Of which ruleset; the active one where it is left out. */
  digest?: string | null | undefined;
}

/** The address of a place in the rules' files. */
export function filePath({ file, line, digest }: Place): string {
  const place = new URLSearchParams({ file });
  if (line) place.set("line", String(line));
  if (digest) place.set("digest", digest);
  return `/rules#${place.toString().replaceAll("%2F", "/")}`;
}

/** `base/refund.yaml:41`, which leads to the line; too long for its place, it goes on behind a slash. */
export function FileLink({ file, line, digest }: Place) {
  return (
    <Link className="mono" style={{ overflowWrap: "anywhere" }} href={filePath({ file, line, digest })}>
      {file.split("/").map((part, index) => (
        <Fragment key={index}>
          {index > 0 && (
            <>
              /<wbr />
            </>
          )}
          {part}
        </Fragment>
      ))}
      {line ? `:${line}` : ""}
    </Link>
  );
}
