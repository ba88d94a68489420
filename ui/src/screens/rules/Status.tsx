import { Badge } from "@/parts/Badge";
import { Button } from "@/parts/Button";
import { Copy } from "@/parts/Copy";
import { shortDigest } from "@/parts/format";
import { Diagnostics } from "@/parts/rules/Diagnostics";
import type { RulesetStatus } from "@/parts/rules/shapes";
import { Ago } from "@/parts/Time";
import { Link } from "wouter";

/** What is active and since when; pinned, pending, and what was wrong with the last edit. */
export function Status({ status, onReload }: { status: RulesetStatus; onReload: () => void }) {
  return (
    <>
      <section className="panel ruleset-status" aria-label="Reload status">
        <Active status={status} />
        <div role="status" className="row wrap">
          {status.error ? (
            <Badge tone="bad" shape="cross">
              last edit refused
            </Badge>
          ) : (
            <Badge tone="good" shape="check">
              {status.pinned ? "compiles" : "as in the folder"}
            </Badge>
          )}
          {status.pinned && (
            <Badge tone="wait" shape="square">
              pinned
            </Badge>
          )}
          {status.pending && (
            <Badge tone="warn" shape="half">
              pending
            </Badge>
          )}
        </div>
      </section>
      {status.pinned && <Pinned status={status} onReload={onReload} />}
      {status.error && <Broken error={status.error} serving={status.digest !== null} />}
    </>
  );
}

function Active({ status }: { status: RulesetStatus }) {
  if (status.digest === null) {
    return (
      <div>
        <h2>No ruleset is active</h2>
        <p className="dim">The service answers 503 to each decision until the folder can be read.</p>
      </div>
    );
  }
  return (
    <dl className="facts-row">
      <div>
        <dt>Active</dt>
        <dd>
          <code data-testid="active-digest" title={status.digest}>
            {shortDigest(status.digest)}
          </code>{" "}
          <Copy text={status.digest} what="digest" />
        </dd>
      </div>
      <div>
        <dt>Since</dt>
        <dd>{status.activated_at ? <Ago at={status.activated_at} /> : "—"}</dd>
      </div>
      <div>
        <dt>Read from</dt>
        <dd className="mono">{status.source ?? "—"}</dd>
      </div>
      <div>
        <dt>Decisions</dt>
        <dd>{status.decisions.length}</dd>
      </div>
    </dl>
  );
}

function Pinned({ status, onReload }: { status: RulesetStatus; onReload: () => void }) {
  const pending = status.pending;
  return (
    <div className="problem pinned" data-tone="warn" role="status">
      <h2>Pinned: edits of the folder wait</h2>
      <p>
        {pending ? (
          <>
            The folder holds <code>{shortDigest(pending.digest)}</code>, compiled <Ago at={pending.at} />. It becomes
            active when you unpin.{" "}
            <Link href={`/rules?tab=versions&a=${status.digest}&b=${pending.digest}`}>See what differs</Link>
          </>
        ) : (
          "Somebody chose this version. What is edited now is compiled and stands as pending until you unpin."
        )}
      </p>
      <div>
        <Button icon="retry" onClick={onReload}>
          Unpin and reload
        </Button>
      </div>
    </div>
  );
}

function Broken({ error, serving }: { error: NonNullable<RulesetStatus["error"]>; serving: boolean }) {
  const count = error.diagnostics.length;
  return (
    <section className="problem" role="alert" aria-label="What is wrong with the rules">
      <h2>
        The folder does not compile: {count} {count === 1 ? "finding" : "findings"} · <Ago at={error.at} />
      </h2>
      {serving && <p>The rules from before serve on.</p>}
      <Diagnostics diagnostics={error.diagnostics} />
    </section>
  );
}
