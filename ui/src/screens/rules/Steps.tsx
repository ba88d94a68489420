import type { EffectiveRules } from "@/parts/rules/shapes";

/** The layers of the stack, general to special, each with what it gives. */
export function Steps({ found }: { found: EffectiveRules }) {
  const params = Object.values(found.params);
  return (
    <ol className="layer-steps" aria-label="Layers, general first; a later one wins">
      {found.layers.map((layer, index) => {
        const rules = found.rules.filter((rule) => rule.layer === layer).length;
        const won = params.filter((param) => param.layer === layer).length;
        const gone = found.replaced.filter((rule) => rule.by.layer === layer).length;
        const told = [
          rules > 0 && `${rules} ${rules === 1 ? "rule" : "rules"}`,
          won > 0 && `${won} ${won === 1 ? "param" : "params"}`,
          gone > 0 && `replaces ${gone}`,
          found.default?.layer === layer && "default",
        ].filter(Boolean);
        return (
          <li key={layer} data-silent={told.length === 0 || undefined}>
            <span className="dim">{index === 0 ? "general" : index === found.layers.length - 1 ? "wins" : ""}</span>
            <code>{layer}</code>
            <span>{told.join(" · ") || "says nothing"}</span>
          </li>
        );
      })}
    </ol>
  );
}
