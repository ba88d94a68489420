import { useMemo, useState } from "react";
import { Copy } from "@/parts/Copy";
import { filePath } from "@/parts/FileLink";
import { shortDigest } from "@/parts/format";
import { Panel } from "@/parts/Page";
import { useRulesetFile, useRulesetFiles } from "@/parts/rules/queries";
import { Source } from "@/parts/rules/Source";
import { Empty, Loaded, Skeleton } from "@/parts/States";
import { Link } from "wouter";
import type { FilePlace } from "./place";

interface Props {
  place: FilePlace | null;
  onPlace: (place: FilePlace | null) => void;
}

/** The files of a ruleset, to read; an address names file and line. */
export function Files({ place, onPlace }: Props) {
  const digest = place?.digest ?? "active";
  const files = useRulesetFiles(digest);
  return (
    <div className="stack">
      {place?.digest && (
        <p className="dim">
          As in the version <code>{shortDigest(place.digest)}</code>.{" "}
          <Link href={filePath({ file: place.file, line: place.line })}>See the active one</Link>
        </p>
      )}
      <div className="files">
        <Panel title="Files">
          <Loaded query={files} skeleton={<Skeleton lines={10} />}>
            {(found) => <List paths={found.files.map((each) => each.path)} place={place} onPlace={onPlace} />}
          </Loaded>
        </Panel>
        {place ? (
          <File place={place} digest={digest} onPlace={onPlace} />
        ) : (
          <Empty title="Choose a file">
            <p>Wherever a rule is named, its file and line lead here.</p>
          </Empty>
        )}
      </div>
    </div>
  );
}

function List({ paths, place, onPlace }: Props & { paths: string[] }) {
  const [filter, setFilter] = useState("");
  const shown = useMemo(() => paths.filter((path) => path.includes(filter.trim())), [paths, filter]);
  return (
    <div className="stack">
      <input
        className="input"
        data-filter
        type="search"
        placeholder="Filter"
        aria-label="Filter the files"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <ul className="file-list">
        {shown.map((path) => (
          <li key={path}>
            <button
              type="button"
              aria-current={path === place?.file ? "true" : undefined}
              onClick={() => onPlace({ file: path, line: null, digest: place?.digest ?? null })}
            >
              {path}
            </button>
          </li>
        ))}
        {shown.length === 0 && <li className="dim">None has this in its name</li>}
      </ul>
    </div>
  );
}

function File({ place, digest, onPlace }: { place: FilePlace; digest: string; onPlace: Props["onPlace"] }) {
  const file = useRulesetFile(digest, place.file);
  const here = `${place.file}${place.line ? `:${place.line}` : ""}`;
  return (
    <Panel
      title={<code>{here}</code>}
      actions={<Copy text={window.location.origin + filePath(place)} what="address of this place" />}
      flush
    >
      <Loaded query={file} skeleton={<Skeleton lines={14} />}>
        {(found) =>
          found.text === null ? (
            <Empty title="This is no text">
              <p>A spreadsheet is read, but cannot be shown here.</p>
            </Empty>
          ) : (
            <Source
              text={found.text}
              line={place.line}
              label={place.file}
              onLine={(line) => onPlace({ ...place, line })}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
