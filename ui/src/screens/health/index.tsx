// Health: what is wrong now, in words; then the resources, the steps and the alerts behind it.
import { oneOf, text, useSearchState } from "@/app/search";
import { Page } from "@/parts/Page";
import { Alerts } from "./Alerts";
import { Resources } from "./Resources";
import { WINDOWS } from "./shapes";
import { Steps } from "./Steps";
import { Summary } from "./Summary";
import "./health.css";

const SEARCH = {
  window: oneOf(WINDOWS),
  step: text,
  alerts: oneOf(["open", "all", "rules"]),
  sort: text,
};

export default function Health() {
  const [search, change] = useSearchState(SEARCH);
  return (
    <Page title="Health">
      <div className="stack health">
        <Summary window={search.window} onStep={(step) => change({ step })} />
        <Alerts shown={search.alerts} onShow={(alerts) => change({ alerts })} />
        <Resources window={search.window} />
        <Steps
          window={search.window}
          onWindow={(window) => change({ window })}
          selected={search.step}
          onSelect={(step) => change({ step })}
          sort={search.sort}
          onSort={(sort) => change({ sort })}
        />
      </div>
    </Page>
  );
}
