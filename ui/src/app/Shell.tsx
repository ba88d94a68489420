import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { startLive } from "@/live/live";
import { Page } from "@/parts/Page";
import { Empty, Skeleton } from "@/parts/States";
import { Toasts } from "@/parts/toast";
import { Boundary } from "./Boundary";
import { KeyHelp } from "./KeyHelp";
import { KeyPrompt } from "./KeyPrompt";
import { Navigation } from "./Navigation";
import { Decide, Health, Inbox, PLACES, Rules, Run, Runs } from "./screens";
import { focusFilter, useShortcuts } from "./shortcuts";

/** Everything around the screens, and the choice of the screen by the path. */
export function Shell() {
  const [location, navigate] = useLocation();
  const [help, setHelp] = useState(false);
  const [connection, setConnection] = useState(0);
  const queries = useQueryClient();
  useEffect(() => startLive(queries), [queries, connection]);
  useShortcuts([
    ...PLACES.map((place) => ({
      keys: `g ${place.key}`,
      does: `Go to ${place.title}`,
      run: () => navigate(place.path),
    })),
    { keys: "/", does: "Go to the filter", run: focusFilter },
    { keys: "?", does: "Show the keys", run: () => setHelp(true) },
  ]);
  return (
    <div className="shell">
      <Navigation onHelp={() => setHelp(true)} />
      <main className="main" tabIndex={-1}>
        <Boundary key={location}>
          <Suspense fallback={<Coming />}>
            <Screen />
          </Suspense>
        </Boundary>
      </main>
      <Toasts />
      {help && <KeyHelp onClose={() => setHelp(false)} />}
      <KeyPrompt onKey={() => setConnection((number) => number + 1)} />
    </div>
  );
}

function Screen() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/runs" replace />
      </Route>
      <Route path="/runs" component={Runs} />
      <Route path="/runs/:run">{({ run }) => <Run key={run} run={decodeURIComponent(run)} />}</Route>
      <Route path="/rules" component={Rules} />
      <Route path="/decide" component={Decide} />
      <Route path="/health" component={Health} />
      <Route path="/inbox" component={Inbox} />
      <Route>
        <Page title="Nothing here">
          <Empty title="There is no such page">
            <p>The address may be misspelt. The screens stand in the navigation.</p>
          </Empty>
        </Page>
      </Route>
    </Switch>
  );
}

function Coming() {
  return (
    <div className="page">
      <div className="body">
        <Skeleton lines={8} />
      </div>
    </div>
  );
}
