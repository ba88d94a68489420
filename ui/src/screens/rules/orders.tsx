// What a person may order about rulesets, each with what it would do.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { Confirm } from "@/parts/Dialog";
import { Field } from "@/parts/Field";
import { shortDigest } from "@/parts/format";
import { DiffView, diffSummary } from "@/parts/rules/Diff";
import { Diagnostics } from "@/parts/rules/Diagnostics";
import { useDiff } from "@/parts/rules/queries";
import type { ArchivedRuleset, RulesetStatus } from "@/parts/rules/shapes";
import { Loaded } from "@/parts/States";
import { toast } from "@/parts/toast";

/** Read the folder now; where a version is pinned, that ends. */
export function Reload({ status, onClose }: { status: RulesetStatus; onClose: () => void }) {
  const order = useMutation({
    mutationFn: () => call<RulesetStatus>("/v1/ruleset/reload", { method: "POST" }),
    onSuccess: (after) =>
      toast(
        after.error
          ? "The folder does not compile; what was active serves on"
          : after.digest === status.digest
            ? "Read again: nothing has changed"
            : `Active now: ${shortDigest(after.digest ?? "")}`,
        after.error ? "bad" : "good",
      ),
  });
  const verb = status.pinned ? "Unpin and reload" : "Reload";
  return (
    <Confirm title={verb} verb={verb} wide={status.pending !== null} onClose={onClose} onConfirm={() => order.mutateAsync()}>
      <p>
        {status.pinned
          ? "The pin ends: from then on the folder decides again, and each edit that compiles is active at once."
          : "The folder is read again, without waiting for a change to be seen. Nothing is lost: if it does not compile, what is active serves on."}
      </p>
      {status.error && (
        <>
          <p>As it stands it does not compile, so what is active would serve on:</p>
          <Diagnostics diagnostics={status.error.diagnostics} />
        </>
      )}
      {status.pending ? (
        <Preview from={status.digest} to={status.pending.digest} />
      ) : (
        !status.error && <p className="dim">Nothing is pending: as far as is known, the folder holds what is active.</p>
      )}
    </Confirm>
  );
}

/** Make an archived ruleset the active one, which pins it. */
export function Activate({ ruleset, active, onClose }: { ruleset: ArchivedRuleset; active: string | null; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const order = useMutation({
    mutationFn: () =>
      call(`/v1/rulesets/${ruleset.digest}/activate`, { body: reason.trim() ? { reason: reason.trim() } : {} }),
    onSuccess: () => toast(`Active and pinned: ${shortDigest(ruleset.digest)}`),
  });
  const verb = ruleset.pending ? "Activate" : "Roll back to";
  const title = ruleset.active ? "Pin this version" : `${verb} ${shortDigest(ruleset.digest)}`;
  return (
    <Confirm
      title={title}
      verb={ruleset.active ? "Pin" : "Activate and pin"}
      danger={!ruleset.active}
      wide
      onClose={onClose}
      onConfirm={() => order.mutateAsync()}
    >
      <p>
        It decides from the next request on, in every process, and stays: later edits of the folder wait until somebody
        unpins. Runs that have begun go on by the rules that they began with.
      </p>
      {!ruleset.active && <Preview from={active} to={ruleset.digest} />}
      <Field label="Reason" hint="It stands in the list of versions">
        {(given) => (
          <input {...given} className="input" value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </Confirm>
  );
}

/** What would decide otherwise. */
function Preview({ from, to }: { from: string | null; to: string }) {
  const diff = useDiff(from, to);
  if (from === null) return null;
  return (
    <Loaded query={diff}>
      {(found) => (
        <section aria-label="What would change" className="preview">
          <h3>
            Would change: {diffSummary(found)}
          </h3>
          <DiffView diff={found} />
        </section>
      )}
    </Loaded>
  );
}
