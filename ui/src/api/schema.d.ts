// Written by `make api` from the service's OpenAPI document. Do not edit.

export interface paths {
    "/v1/decisions/{decision}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The effective rules for a layer stack
         * @description Name the dimensions of the stack in the query: `?order.region=eu/de&customer.type=vip`. A dimension that is left out brings no layer.
         */
        get: operations["show_decision"];
        put?: never;
        /**
         * Decide
         * @description The facts are validated, the layers they bring are stacked, and the rules are asked. The body is read as JSON whatever its Content-Type. Numbers are exact decimals, in and out.
         */
        post: operations["decide"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decisions/{decision}/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decide many
         * @description A JSON array, or NDJSON (one request a line), told by the Content-Type or by the first byte. The reply has the same form and order, each item a reply or `{error: problem}`; all are decided by one ruleset. NDJSON is streamed both ways; when the batch passes a limit, the last line says so.
         */
        post: operations["decide_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What can be decided
         * @description Every decision that is loaded, in short.
         */
        get: operations["list_decisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/decisions/{decision}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Examples of facts
         * @description The cases that stand beside a decision's rules, the first 200 of them, with what they expect.
         */
        get: operations["list_cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/facts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What decisions read
         * @description The JSON Schema of the facts, with its descriptions and examples: enough to draw a form.
         */
        get: operations["show_facts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ruleset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is active, and what is wrong
         * @description The active ruleset serves on whatever happens to the files; `error` tells why the last attempt failed.
         */
        get: operations["ruleset_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ruleset/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reload now
         * @description Loads the folder without waiting for a change, and answers the status after that. A ruleset that was pinned no longer is, in no process. With several workers it is one of them that reloads; the others see changes for themselves.
         */
        post: operations["reload_ruleset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rulesets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The rulesets that were in charge
         * @description Newest activation first. What was in charge is kept for 90 days, the last hundred activations for ever, and so is what runs go by. What waits while another is pinned stands first if it was never in charge. Without a database they are those of this process.
         */
        get: operations["list_rulesets"];
        put?: never;
        /**
         * Try other rules
         * @description Compiles the files of a ruleset with some of them exchanged, as if they stood in the folder, and puts nothing in charge. Where it loads, `POST /v1/decisions/{decision}?ruleset=` decides by it, and it can be activated, for a day at least. The body may have as many bytes as a batch.
         */
        post: operations["try_ruleset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rulesets/{a}/diff/{b}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What differs between two rulesets
         * @description By rule, not by line: a rule is compared by what it means with the one of the same name in the same layer of the same decision. Comments and layout make no difference. That a rule stands elsewhere is told where its order among the others has changed. Workflows are compared by step, all else by file.
         */
        get: operations["diff_rulesets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rulesets/{digest}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a ruleset in charge, and pin it
         * @description To roll back, or to take a candidate. It serves from the answer on, in the other processes within a second or two, and after a restart too. While it is pinned, edits in the folder are compiled and wait as `pending`; `POST /v1/ruleset/reload` lets the folder choose again. What can no longer be loaded, for a step whose plugin is gone, is refused with its diagnostics, and nothing changes.
         */
        post: operations["activate_ruleset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rulesets/{digest}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What files a ruleset has
         * @description ``GET /v1/rulesets/{digest}/files``.
         */
        get: operations["list_ruleset_files"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rulesets/{digest}/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One of them
         * @description ``GET /v1/rulesets/{digest}/files/{path}``.
         */
        get: operations["show_ruleset_file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The process answers
         * @description ``GET /livez``: the process answers.
         */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A ruleset is active
         * @description ``GET /readyz``: a ruleset is active. Raises `NotReadyError`.
         */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Each process counts for itself: with several workers a scrape reaches one of them. What is parked, and how well resources are, is the same for all; where the database does not answer, it is what it said last, and `rulesflow_traffic_age_seconds` tells how old that is.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Runs
         * @description Runs that fit every filter, the newest first. A parameter that is none of these names an indexed field of the input: `?order.region=eu/de`.
         */
        get: operations["list_runs"];
        put?: never;
        /**
         * Start a run
         * @description The input is validated, the run is pinned to the rules and workflows of now, and is durable when the reply comes. With `wait` the reply is 200 if the run ends in that time, else 202. While as many runs as the setting `backlog` says have something to do, new ones are refused; the key of one that was accepted is still answered.
         */
        post: operations["start_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many runs
         * @description Takes the filters of the list. `by` counts by another thing than the status: the reply then has `by`.
         */
        get: operations["count_runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/fields": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * By what runs are found
         * @description The indexed fields of the input, each with some of the values that runs have.
         */
        get: operations["run_fields"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Bulk orders
         * @description The newest first, those that have ended too.
         */
        get: operations["list_bulks"];
        put?: never;
        /**
         * One order for many runs
         * @description Counts the runs that the filter finds. With `dry_run: false` each of them is told, oldest first, at `rate`. The order is durable: should its process end, another one carries it on, and no run is told twice. Without a status those runs are meant that can obey: for a retry, those with an incident.
         */
        post: operations["order_runs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/bulk/{bulk}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How far a bulk order is
         * @description Whichever process carries it out.
         */
        get: operations["bulk_progress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/bulk/{bulk}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a bulk order
         * @description No further run is told, within a second. What was told stays so.
         */
        post: operations["cancel_bulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A run in full
         * @description Where it stands and what it waits for, its path, each decision with file and line, each attempt.
         */
        get: operations["show_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened in a run
         * @description Everything that was recorded, in order.
         */
        get: operations["run_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a run
         * @description Server-sent events: each entry of the history with its number as id, and each change of status, until the run ends. A comment shows every 15 s that the stream lives.
         */
        get: operations["run_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/signals/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a signal
         * @description The body is the payload. The signal is kept, in order, until a wait of its name consumes it, so it may come early.
         */
        post: operations["signal_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a run
         * @description A call in flight finishes; nothing more begins until resume.
         */
        post: operations["pause_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a paused run go on */
        post: operations["resume_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a run
         * @description Ends a wait, sleep or park at once; a call in flight finishes first. Then the steps are undone.
         */
        post: operations["cancel_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try an incident, or a parked step, again
         * @description At once, and with the same idempotency key; edited input is a new visit, and so has a new one.
         */
        post: operations["retry_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run again from a step on
         * @description The recorded steps behind it are undone first; the same run goes on with new visits.
         */
        post: operations["rerun_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Why runs stand still
         * @description Runs with an incident, those together that stand still for the same reason: the same step of the same workflow, and the same message but for its numbers, ids, times and quoted texts. Takes the filters of the list of runs; the most frequent reason comes first.
         */
        get: operations["list_incidents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What can be run
         * @description Every workflow that is loaded, with the schema of its input and the signals that it may wait for.
         */
        get: operations["list_workflows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workflows/{workflow}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A workflow as a graph
         * @description Its steps and those of the workflows that it runs as nodes, every way between them as an edge, each with its line. Items of an `each` share a node: `split/*\/take`.
         */
        get: operations["show_workflow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A run as a graph
         * @description The graph of its workflow as it was when the run began; each node with its state, each edge with how often it was taken and what chose it: a rule with its file and line, a condition, a signal, an error, or a person's order.
         */
        get: operations["run_graph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a run spent its time with
         * @description Calls, waits, sleeps, retries, parks, decisions and incidents as spans, each with the entries of the history that tell of it; of more than 5,000 the newest. What a call waited for its turn is told apart from what it took: `asked` to `from`, and `from` to `to`.
         */
        get: operations["run_timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/runs/{run}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * On what a run decided
         * @description The decisions of one step's visit, with the facts that each was taken on: the run's input and what the step's `with` gave. Several where the decision failed and was taken again. The facts are stored nowhere: the run is replayed.
         */
        get: operations["run_decisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How well the services are that steps call
         * @description Every resource that a step needs. While one is open, steps that need it park; once it is well again they go on, slowly at first. The same for all processes, and a second old at most.
         */
        get: operations["list_resources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One of them
         * @description ``GET /v1/resources/{resource}``.
         */
        get: operations["show_resource"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call it no more
         * @description Steps that need it park, until a person closes it or has it probed.
         */
        post: operations["open_resource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call it again
         * @description Whatever its breaker says. What is parked goes on, slowly at first.
         */
        post: operations["close_resource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try it now
         * @description Does not wait for the next probe: its health is asked, and one call is let through. Nothing happens where it is well.
         */
        post: operations["probe_resource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/scale": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How much there is to do
         * @description For scalers. `value` is what the metrics-api scaler of KEDA reads (`valueLocation: value`, `metricType: Value`): the seconds that the backlog takes. It is the longest of: the parked steps of each resource by the rate at which they drain, which doubles each second up to the resource's limits, as if it were well from now on; the calls that wait within a resource's limits; and the running runs by the calls that the slots of this process take.
         */
        get: operations["scale"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events
         * @description Events that came in and fit every filter, the latest first, with what patterns have made of them.
         */
        get: operations["list_events"];
        put?: never;
        /**
         * Send events
         * @description CloudEvents 1.0 over HTTP: one event in JSON, a batch, or one in binary mode (attributes as `ce-` headers, the body is the data). A body that is no `application/cloudevents…` and comes without such headers is one event or, if an array, a batch. The data must fit what `events.yaml` says of its type. All of a batch is taken in or none; 202 says that it is stored, and patterns look at it after that. An event that came in before, by `source` and `id`, is not taken in again, so a call may be repeated.
         */
        post: operations["send_events"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try again what failed
         * @description Every event on which a pattern failed, and every match that could not be followed, is tried at once.
         */
        post: operations["retry_events"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/matches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What patterns have found
         * @description Matches that fit every filter, the latest first.
         */
        get: operations["list_matches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/matches/{match}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One of them
         * @description ``GET /v1/matches/{match}``. Raises `UnknownName`.
         */
        get: operations["show_match"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patterns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which patterns events are matched by
         * @description Those of the active ruleset, and how each goes.
         */
        get: operations["list_patterns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/patterns/{pattern}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a pattern again that failed
         * @description Every event on which it failed, and every match of it that could not be followed, is tried at once.
         */
        post: operations["retry_pattern"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/steps/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How steps and resources do
         * @description Over all processes that share the database: how long calls were queued and ran, how many failed, what is usual at this hour of the week, and a verdict in words. A percentile is exact to 2 %; a second old at most, what other processes did a few seconds.
         */
        get: operations["step_stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What an operator should know of
         * @description Alerts of all processes that share the database, newest first. One opens when its condition has held for long enough, for each step, resource or the service by itself, and closes when that is over for a while.
         */
        get: operations["list_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What raises alerts
         * @description Those that are shipped, changed and added to by `alerts.yaml` in the rules folder.
         */
        get: operations["list_alert_rules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that an alert was seen
         * @description It stays open until its cause is gone.
         */
        post: operations["acknowledge_alert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the whole service
         * @description Server-sent events. First a `hello` with every part, then a part as it changes, once a second at most: `runs` (counts by status, and the runs that have changed, null where they are more than 200 or of other processes), `ruleset` (as `GET /v1/ruleset`), `resources`, `alerts`. Who comes back begins anew with a `hello`. A comment shows every 15 s that the stream lives.
         */
        get: operations["stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which plugins are loaded
         * @description ``GET /v1/plugins``: plugins do not change while a service runs.
         */
        get: operations["list_plugins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What to decide on. */
        DecisionRequest: {
            /** @description as facts.yaml describes them */
            facts: Record<string, unknown>;
            /** @description the time for which to decide, RFC 3339 with an offset; now if left out */
            at?: string | null;
            /**
             * @description how much to tell: nothing, the rules that matched, or every rule of the stack and what would change the answer
             * @default matched
             * @enum {unknown}
             */
            explain: "none" | "matched" | "full" | null;
        };
        /** @description What was decided, why, and by which state of the rules. */
        DecisionReply: {
            /**
             * Format: uuid
             * @description unique; sorts by time (UUID version 7)
             */
            id: string;
            decision: string;
            /** @description the outcome's properties; a list of them under several-hit policies; or null */
            result: unknown;
            /** @description the rules whose outcome is in the result */
            matched: components["schemas"]["Match"][];
            /** @description the layers that the facts brought, general first */
            layers: string[];
            /** @description SHA-256 of the ruleset */
            digest: string;
            /**
             * Format: date-time
             * @description the time for which it was decided
             */
            at: string;
            /** @description facts that it read beside those of the request */
            set_facts?: components["schemas"]["FactThatIsSet"][];
            explanation?: components["schemas"]["Explanation"];
        };
        /** @description A fact that an event pattern has set for a time, for requests such as this. */
        FactThatIsSet: {
            /** @description its path, such as `device.card_testing` */
            fact: string;
            /** @description any JSON value */
            value: unknown;
            pattern: string;
            /** @description the id of the match */
            match: string;
            /**
             * Format: date-time
             * @description when it lapses
             */
            until: string;
        };
        /** @description A rule that decided. */
        Match: {
            because: string | null;
            /** @description the rule's name; `default` for the decision's default */
            rule: string;
            /** @description the folder of the layer that it stands in */
            layer: string;
            /** @description the file, from the root of the rules */
            file: string;
            line: number;
        };
        /** @description What became of each rule of the stack, and what would change the answer. */
        Explanation: {
            rules: components["schemas"]["Account"][];
            /** @description the smallest changes of one fact that change the result, the least in relation to the size of the fact first; each was decided again */
            flips: components["schemas"]["Flip"][];
        };
        /** @description What became of one rule. */
        Account: {
            /** @description the rule's name; `default` for the decision's default */
            rule: string;
            /** @description the folder of the layer that it stands in */
            layer: string;
            /** @description the file, from the root of the rules */
            file: string;
            line: number;
            /** @description all of its tests hold */
            fired: boolean;
            /** @description The first test that failed, and the value it saw. */
            failed?: {
                test: string;
                /** @description any JSON value */
                value: unknown;
                error?: string;
            };
            /** @description its tests hold, but the hit policy chose another */
            overruled?: boolean;
        };
        /** @description A change of one fact that changes the result. Another rule with the same result is none, nor is a number that only follows the fact. */
        Flip: {
            /** @description the fact's path, such as `order.total` */
            fact: string;
            /** @description what it is; null where it is absent */
            from: unknown;
            /** @description what it would have to be; null for absent */
            to: unknown;
            /** @description a condition that `to` meets, as do all values around it with the same result */
            test?: string;
            /** @description what the result would be */
            result: unknown;
            /** @description the rules that it would come from */
            matched: components["schemas"]["Match"][];
        };
        /** @description A reply, or the problem that this item alone has. */
        BatchReply: components["schemas"]["DecisionReply"] | {
            error: components["schemas"]["Problem"];
        };
        /** @description What decisions read. */
        Facts: {
            /** @description SHA-256 of the ruleset */
            digest: string;
            /** @description a JSON Schema */
            schema: Record<string, unknown>;
        };
        /** @description The cases of a decision. */
        CaseList: {
            decision: string;
            cases: components["schemas"]["DecisionCase"][];
        };
        /** @description Facts, and what is expected of the decision for them. */
        DecisionCase: {
            /** @description its name */
            case: string;
            facts: Record<string, unknown>;
            /** @description the time for which is decided; null where none is named */
            at: string | null;
            /** @description what the result holds at least; null where only a rule is expected */
            expect: unknown;
            file: string;
            line: number;
        };
        /** @description What can be decided. */
        DecisionList: {
            /** @description SHA-256 of the ruleset */
            digest: string;
            decisions: components["schemas"]["DecisionSummary"][];
        };
        /** @description A decision in short. */
        DecisionSummary: {
            decision: string;
            title: string;
            /** @description the hit policy */
            hit: string;
            /** @description facts that it needs beyond those that are always required */
            requires: string[];
            /** @description JSON Schema of each property of the result */
            outcome: Record<string, unknown>;
            /** @description the layers that have a file for it */
            layers: string[];
            /** @description how many rules it has in all layers */
            rules: number;
            /** @description what a layer stack is asked for by */
            dimensions: {
                fact: string;
                /** @description all that it may be */
                values: string[];
            }[];
        };
        /** @description The rules of a decision for one layer stack, in the order in which they are asked. */
        EffectiveRules: {
            decision: string;
            title: string;
            hit: string;
            requires: string[];
            outcome: Record<string, unknown>;
            layers: string[];
            /** @description the facts that it requires, that choose its layers, and that any of its rules read */
            reads: string[];
            params: {
                [key: string]: {
                    /** @description any JSON value */
                    value: unknown;
                    /** @description what more general layers say, the nearest first */
                    over: {
                        /** @description any JSON value */
                        value: unknown;
                        layer: string;
                        file: string;
                        line: number;
                    }[];
                    layer: string;
                    file: string;
                    line: number;
                };
            };
            rules: components["schemas"]["Rule"][];
            default: components["schemas"]["Rule"] | null;
            /** @description rules and defaults of the stack's layers that a later layer has put out of force */
            replaced: components["schemas"]["ReplacedRule"][];
            /** @description SHA-256 of the ruleset */
            digest: string;
        };
        /** @description A rule as it was written, and where. */
        Rule: {
            /** @description the rule's name; `default` for the decision's default */
            rule: string;
            /** @description the folder of the layer that it stands in */
            layer: string;
            /** @description the file, from the root of the rules */
            file: string;
            line: number;
            /** @description all of these must hold */
            when: string[];
            then: Record<string, unknown>;
            because: string | null;
            final: boolean;
            from: string | null;
            until: string | null;
            /** @description The share of keys that it applies to. */
            rollout?: {
                percent: number;
                by: string;
            };
        };
        /** @description A rule or default that a later layer has put out of force. */
        ReplacedRule: {
            /** @description the rule's name; `default` for the decision's default */
            rule: string;
            /** @description the folder of the layer that it stands in */
            layer: string;
            /** @description the file, from the root of the rules */
            file: string;
            line: number;
            /** @description all of these must hold */
            when: string[];
            then: Record<string, unknown>;
            because: string | null;
            final: boolean;
            from: string | null;
            until: string | null;
            /** @description The share of keys that it applies to. */
            rollout?: {
                percent: number;
                by: string;
            };
            /** @description What put it out of force. */
            by: {
                /** @enum {unknown} */
                how: "overridden" | "disabled";
                layer: string;
                file: string;
                line: number;
            };
        };
        /** @description The active ruleset, and beside it the last error. */
        RulesetStatus: {
            digest: string | null;
            /** @description when this digest took charge */
            activated_at: string | null;
            /** @description the folder that it was read from, symlinks resolved */
            source: string | null;
            /** @description a person has chosen it: what the folder holds waits, until a reload */
            pinned: boolean;
            decisions: string[];
            /** @description what the folder holds, while another is pinned */
            pending: components["schemas"]["PendingRuleset"] | null;
            error: {
                /** Format: date-time */
                at: string;
                diagnostics: components["schemas"]["Diagnostic"][];
            } | null;
        };
        /** @description A ruleset that waits to be in charge. */
        PendingRuleset: {
            /** @description SHA-256 of the ruleset */
            digest: string;
            /**
             * Format: date-time
             * @description when it was compiled
             */
            at: string;
        };
        /** @description A finding in a file. */
        Diagnostic: {
            /** @description such as RF203 */
            code: string;
            /** @enum {unknown} */
            severity: "error" | "warning";
            file: string;
            line: number;
            /** @description counted in code points */
            column: number;
            message: string;
            hint: string | null;
            /** @description the line, as it was read, where the service holds it no more */
            text?: string | null;
        };
        /** @description A word. */
        Health: {
            /** @enum {unknown} */
            status: "live" | "ready";
        };
        /** @description Problem details (RFC 9457). A failed decision also names rule, file and line, a ruleset that is refused has diagnostics. */
        Problem: {
            /** @description stable; programs may rely on it */
            type: string;
            title: string;
            status: number;
            detail: string;
            errors: components["schemas"]["Fault"][];
            decision?: string;
            rule?: string;
            file?: string;
            line?: number;
            code?: string;
            diagnostics?: components["schemas"]["Diagnostic"][];
        };
        /** @description One thing that is wrong with the request. */
        Fault: {
            /** @description JSON pointer (RFC 6901) of the value; empty for the whole body */
            pointer: string;
            /** @description stable; programs may rely on it */
            code: string;
            message: string;
            /** @description how to mend it */
            hint?: string;
        };
        /** @description What to run, on what. */
        RunRequest: {
            workflow: string;
            /** @description as the workflow's input schema describes it */
            input?: unknown;
        };
        /** @description A run in short. */
        RunSummary: {
            /** @description unique; sorts by time (UUID version 7) */
            id: string;
            workflow: string;
            /** @enum {unknown} */
            status: "queued" | "running" | "waiting" | "parked" | "paused" | "incident" | "undoing" | "completed" | "failed" | "cancelled";
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description when it last moved
             */
            updated_at: string;
            /** @description the steps where it stands */
            at: string[];
            /** @description the indexed fields of the input: those that choose layers, and those marked x-indexed */
            fields: {
                [key: string]: unknown;
            };
            problem: components["schemas"]["RunProblem"] | null;
        };
        /** @description An error of a step, or of the run. */
        RunProblem: {
            /** @description unavailable, timeout, rejected, invalid, conflict, internal */
            class: string;
            /** @description what the plugin declares */
            code: string;
            message: string;
        };
        /** @description A run in full: where it stands, what it waits for, what was decided and called. */
        Run: {
            /** @description unique; sorts by time (UUID version 7) */
            id: string;
            workflow: string;
            /** @enum {unknown} */
            status: "queued" | "running" | "waiting" | "parked" | "paused" | "incident" | "undoing" | "completed" | "failed" | "cancelled";
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description when it last moved
             */
            updated_at: string;
            /** @description the steps where it stands */
            at: string[];
            /** @description the indexed fields of the input: those that choose layers, and those marked x-indexed */
            fields: {
                [key: string]: unknown;
            };
            problem: components["schemas"]["RunProblem"] | null;
            /** @description SHA-256 of the rules and workflows that the run is pinned to */
            digest: string;
            /** @description any JSON value */
            input: unknown;
            /** @description any JSON value */
            output: unknown;
            /** @description in order */
            path: {
                /** @description the step, through branches and items: `split/0/take` */
                path: string;
                visit: number;
            }[];
            /** @description the value of each step that completed */
            steps: Record<string, unknown>;
            waiting_for: components["schemas"]["RunWait"][];
            decisions: components["schemas"]["RunDecision"][];
            attempts: components["schemas"]["RunAttempt"][];
            /** @description the steps that were taken back, in order */
            undone: string[];
        };
        /** @description What a run waits for. */
        RunWait: {
            /** @description the step, through branches and items: `split/0/take` */
            path: string;
            /** @enum {unknown} */
            kind: "call" | "decision" | "signal" | "sleep" | "operator" | "park" | "retry";
            decision?: string;
            signal?: string;
            /** @description JSON Schema of what the signal must bring */
            payload?: Record<string, unknown>;
            until?: string | null;
            problem?: components["schemas"]["RunProblem"] | null;
            step?: string | null;
            /** @description of an incident: what the call was given, to be edited for a retry */
            input?: unknown;
            attempt?: number;
            /** @description of a park: the resource is not well; otherwise the retries were used up */
            held?: boolean;
            /**
             * Format: date-time
             * @description of a park
             */
            since?: string;
            /** @description how often the step has parked before with its retries used up, on this visit */
            parks?: number;
        };
        /** @description A decision that a run took, and the rules that gave it; or why it failed. */
        RunDecision: {
            /** @description the step, through branches and items: `split/0/take` */
            path: string;
            /** @description the path and the visit */
            key: string;
            decision: string;
            /** @description any JSON value */
            result?: unknown;
            matched?: components["schemas"]["Match"][];
            layers?: string[];
            /** @description SHA-256 of the rules and workflows that the run is pinned to */
            digest?: string;
            /** @description facts that it read beside those it was given */
            set_facts?: components["schemas"]["FactThatIsSet"][];
            problem?: components["schemas"]["RunProblem"];
            /** Format: date-time */
            at: string;
        };
        /** @description One call of a plugin's step. */
        RunAttempt: {
            /** @enum {unknown} */
            kind: "call" | "undo";
            /** @description the step, through branches and items: `split/0/take` */
            path: string;
            /** @description the idempotency key, without the run's id */
            key: string;
            step: string;
            attempt: number;
            started_at: string | null;
            ended_at: string | null;
            /** @description any JSON value */
            output?: unknown;
            problem?: components["schemas"]["RunProblem"] | null;
        };
        /** @description Runs, and where the list goes on. */
        RunList: {
            runs: components["schemas"]["RunSummary"][];
            /** @description the `cursor` of the next page; null on the last */
            next: string | null;
        };
        /** @description How many runs there are. `by_status` where no `by` was asked for. */
        RunCount: {
            count: number;
            /** @description the 1,000 most frequent values */
            by?: {
                [key: string]: number;
            };
            by_status?: {
                [key: string]: number;
            };
        };
        /** @description What happened in a run, in order. */
        RunHistory: {
            /** @description unique; sorts by time (UUID version 7) */
            run: string;
            entries: components["schemas"]["RunEntry"][];
            /** @description the `after` of the next page; null on the last */
            next: number | null;
        };
        /** @description One thing that happened. What else it holds depends on its type. */
        RunEntry: {
            number: number;
            /** Format: date-time */
            at: string;
            /** @description started, call, undo, decision, signal, timeout, sleep, retry, held, parked, released, order, end; in a stream of events also status */
            type: string;
            /** @description the step, through branches and items: `split/0/take` */
            path?: string;
            /** @description any JSON value */
            input?: unknown;
            /** @description any JSON value */
            output?: unknown;
        };
        /** @description A signal that is kept. */
        SignalReply: {
            /** @description unique; sorts by time (UUID version 7) */
            run: string;
            signal: string;
            /** @description its place among the messages to this run */
            number: number;
            /** @enum {unknown} */
            status: "queued" | "running" | "waiting" | "parked" | "paused" | "incident" | "undoing" | "completed" | "failed" | "cancelled";
        };
        /** @description Why. */
        Reason: {
            /** @description why; the history keeps it */
            reason?: string;
        };
        /** @description Which incident, or which parked step, to try again. */
        RetryRequest: {
            /** @description its path; if left out all incidents, or where there is none all parked steps */
            step?: string;
            /** @description edited input of the step: a new visit, so a new idempotency key */
            input?: unknown;
            /** @description go on although the effect of the last attempt is unknown */
            force?: boolean;
            /** @description why; the history keeps it */
            reason?: string;
            /**
             * @description by which rules to decide from here on: those that the run began with, or those of now
             * @default pinned
             * @enum {unknown}
             */
            rules: "pinned" | "latest";
        };
        /** @description From which step on to run again; the steps behind it are taken back first. */
        RerunRequest: {
            /** @description the step, through branches and items: `split/0/take` */
            from: string;
            /** @description edited input of the step: a new visit, so a new idempotency key */
            input?: unknown;
            /** @description go on although the effect of the last attempt is unknown */
            force?: boolean;
            /** @description why; the history keeps it */
            reason?: string;
            /**
             * @description by which rules to decide from here on: those that the run began with, or those of now
             * @default pinned
             * @enum {unknown}
             */
            rules: "pinned" | "latest";
        };
        /** @description What can be run. */
        WorkflowList: {
            /** @description SHA-256 of the rules and workflows that the run is pinned to */
            digest: string;
            workflows: components["schemas"]["Workflow"][];
        };
        /** @description A workflow in short. */
        Workflow: {
            name: string;
            title: string;
            file: string;
            /** @description JSON Schema of its input */
            input: unknown;
            /** @description the signals that it may wait for */
            signals: string[];
            steps: string[];
        };
        /** @description What is loaded. */
        PluginList: {
            plugins: components["schemas"]["Plugin"][];
        };
        /** @description A plugin, and what it gave. */
        Plugin: {
            name: string;
            /** @description the distribution that brought it; empty for one that was not installed */
            distribution: string;
            version: string;
            /** @description the hooks that it has */
            hooks: string[];
            /** @description the steps that workflows may call */
            steps: string[];
            /** @description the functions that conditions may use */
            functions: string[];
        };
        /** @description A workflow as it is drawn. */
        WorkflowGraph: {
            workflow: string;
            title: string;
            /** @description SHA-256 of the rules and workflows */
            digest: string;
            file: string;
            /** @description JSON Schema of its input */
            input: unknown;
            signals: string[];
            nodes: components["schemas"]["GraphNode"][];
            edges: components["schemas"]["GraphEdge"][];
            /** @description there are more nodes than can be drawn */
            truncated: boolean;
        };
        /** @description A run as it is drawn: each node with its state, each edge with how often and why it was taken. */
        RunGraph: {
            workflow: string;
            title: string;
            /** @description SHA-256 of the rules and workflows */
            digest: string;
            file: string;
            /** @description JSON Schema of its input */
            input: unknown;
            signals: string[];
            run: string;
            /** @enum {unknown} */
            status: "queued" | "running" | "waiting" | "parked" | "paused" | "incident" | "undoing" | "completed" | "failed" | "cancelled";
            nodes: components["schemas"]["GraphNode"][];
            edges: components["schemas"]["GraphEdge"][];
            truncated: boolean;
        };
        /** @description A step, or an end of a list of steps. */
        GraphNode: {
            /** @description the step, through branches and items: `split/*\/take`; `$start`, `$end` */
            path: string;
            name: string;
            /** @enum {unknown} */
            kind: "start" | "call" | "decide" | "switch" | "wait" | "sleep" | "parallel" | "each" | "run" | "set" | "fail" | "end";
            label: string;
            /** @description the path of the step around it */
            parent: string | null;
            file: string;
            line: number;
            step?: string;
            resource?: string | null;
            decision?: string;
            signal?: string;
            /** @description the step that takes it back */
            undo?: string;
            commit?: boolean;
            /** @description `if` as it is written */
            condition?: string;
            branches?: string[];
            /** @description the one that a `run` runs */
            workflow?: string;
            state?: components["schemas"]["GraphState"];
        };
        /** @description How far a run is with a step. `skipped`: its `if` was false. `left`: cut off before it had ended, since the run was cancelled, a branch beside it failed or came first, or a person ordered the run elsewhere. */
        GraphState: {
            /** @enum {unknown} */
            status: "untouched" | "running" | "waiting" | "parked" | "paused" | "incident" | "done" | "failed" | "left" | "skipped" | "undone";
            /** @description how often the run came to it, those it skipped too */
            visits: number;
            /** @description The items of an `each`. */
            items?: {
                total: number;
                done: number;
                failed: number;
            };
            since: string | null;
            until: string | null;
        };
        /** @description A way from a step to another. Of kind `order`: a person has ordered it. */
        GraphEdge: {
            id: string;
            from: string;
            to: string;
            /** @enum {unknown} */
            kind: "next" | "then" | "case" | "condition" | "else" | "timeout" | "catch" | "skip" | "fail" | "order";
            label: string;
            line: number;
            taken?: number;
            chosen?: components["schemas"]["Chosen"] | null;
        };
        /** @description What chose an edge when it was last taken; null where there was nothing to choose. */
        Chosen: {
            /** @enum {unknown} */
            by: "rule" | "default" | "condition" | "signal" | "error" | "order";
            text: string;
            decision?: string;
            /** @description any JSON value */
            result?: unknown;
            rule?: string;
            layer?: string;
            file?: string;
            line?: number;
            because?: string | null;
            /** @description all rules that won, where they are several */
            rules?: components["schemas"]["Match"][];
        };
        /** @description What a run spent its time with. */
        RunTimeline: {
            run: string;
            /** Format: date-time */
            from: string;
            /** @description null while it goes on */
            to: string | null;
            spans: components["schemas"]["RunSpan"][];
            /** @description there are more than 5,000 spans, of which these are the newest */
            truncated: boolean;
        };
        /** @description A stretch of time. The spans of one key never overlap. */
        RunSpan: {
            id: string;
            path: string;
            key: string;
            /** @enum {unknown} */
            kind: "call" | "undo" | "wait" | "sleep" | "retry" | "parked" | "decision" | "operator";
            label: string;
            attempt?: number;
            /**
             * Format: date-time
             * @description when a call was asked for, where it was made noticeably later: limits left no room for it, the run was paused, or no process looked after it
             */
            asked?: string;
            /**
             * @description the call is not made yet: it waits for its turn; told by the process that carries out the run
             * @constant
             */
            queued?: true;
            /**
             * Format: date-time
             * @description of a call: when it was made; until it has ended, when it was asked for
             */
            from: string;
            to: string | null;
            /** @description ok, error, timeout, held, retried, left, running */
            outcome: string;
            problem?: components["schemas"]["RunProblem"] | null;
            /** @description the numbers of the history's entries that tell of it */
            entries: number[];
        };
        /** @description The decisions of one visit of a step. */
        RunDecisions: {
            run: string;
            decisions: components["schemas"]["RunDecisionInFull"][];
        };
        /** @description A decision of a run's history, and what it was taken on. */
        RunDecisionInFull: {
            /** @description that of its entry in the history */
            number: number;
            /** @constant */
            type: "decision";
            /** @description the step, through branches and items: `split/0/take` */
            path: string;
            /** @description the path and the visit */
            key: string;
            decision: string;
            /** @description any JSON value */
            result?: unknown;
            matched?: components["schemas"]["Match"][];
            layers?: string[];
            /** @description SHA-256 of the rules and workflows that the run is pinned to */
            digest?: string;
            /** @description facts that it read beside those it was given */
            set_facts?: components["schemas"]["FactThatIsSet"][];
            problem?: components["schemas"]["RunProblem"];
            /** Format: date-time */
            at: string;
            /** @description as they were given; `set_facts` stand beside them */
            facts: Record<string, unknown>;
        };
        /** @description By which fields of the input runs are found. */
        RunFields: {
            fields: {
                name: string;
                /** @description some of its values, 100 at most */
                values: string[];
            }[];
        };
        /** @description An order for every run that a filter finds. */
        BulkRequest: {
            /** @enum {unknown} */
            action: "pause" | "resume" | "cancel" | "retry" | "rerun";
            /** @description as the query of GET /v1/runs: an object, or name=value with blanks between */
            filter: string | {
                [key: string]: string | string[];
            };
            /**
             * @description only count
             * @default true
             */
            dry_run: boolean;
            /** @description runs a second, evenly; left out: as fast as they obey */
            rate?: number;
            step?: string;
            from?: string;
            /** @description any JSON value */
            input?: unknown;
            force?: boolean;
            /** @description why; the history keeps it */
            reason?: string;
            /**
             * @description by which rules to decide from here on: those that the run began with, or those of now
             * @default pinned
             * @enum {unknown}
             */
            rules: "pinned" | "latest";
        };
        /** @description How many runs it is. */
        BulkReply: {
            count: number;
            /** @description the same by status; for a dry run only */
            by_status?: {
                [key: string]: number;
            };
            /** @description some of them, the oldest; for a dry run only */
            sample?: string[];
            /** @description under which progress is told; null for a dry run */
            id: string | null;
        };
        /** @description A bulk order, and how far it is. */
        BulkProgress: {
            id: string;
            /** @enum {unknown} */
            action: "pause" | "resume" | "cancel" | "retry" | "rerun";
            /** @description as it was given */
            filter: {
                [key: string]: string;
            };
            /** @description the runs that the filter found when it began */
            count: number;
            /** @description runs that were told */
            done: number;
            /** @description runs that refused */
            failed: number;
            running: boolean;
            cancelled: boolean;
            rate: number | null;
            /** @description who has ordered it; empty where nobody is asked */
            caller: string;
            /** Format: date-time */
            created_at: string;
            ended_at: string | null;
            expected_end: string | null;
            /** @description the last runs that refused, and why */
            problems: components["schemas"]["BulkProblem"][];
        };
        /** @description Why a run refused. */
        BulkProblem: {
            run: string;
            code: string;
            message: string;
        };
        /** @description Bulk orders, and where the list goes on. */
        BulkList: {
            bulks: components["schemas"]["BulkProgress"][];
            /** @description the `cursor` of the next page; null on the last */
            next: string | null;
        };
        /** @description Why runs stand still, and where the list goes on. */
        IncidentList: {
            incidents: components["schemas"]["Incident"][];
            /** @description the `cursor` of the next page; null on the last */
            next: string | null;
        };
        /** @description Runs that stand still for one reason. */
        Incident: {
            /** @description tells the reason: a filter wherever runs are filtered */
            fingerprint: string;
            /** @description how many runs */
            count: number;
            workflow: string;
            /** @description the step; `*` stands for whichever item of a list: `split/*\/take` */
            path: string;
            class: string;
            code: string;
            /** @description that of the run that has come to it last */
            message: string;
            /**
             * Format: date-time
             * @description since when the first of them stands there
             */
            first: string;
            /**
             * Format: date-time
             * @description since when the last of them stands there
             */
            last: string;
            /** @description the id of the last one */
            example: string;
            /** @description it is an undo that cannot be done */
            undo: boolean;
        };
        /** @description Every resource that a step needs. */
        ResourceList: {
            resources: components["schemas"]["Resource"][];
        };
        /** @description A service that steps call: how well it is, its limits, and what is parked until it is well. */
        Resource: {
            name: string;
            /**
             * @description of its breaker: closed is well, open is not called, half-open is being tried
             * @enum {unknown}
             */
            state: "closed" | "open" | "half-open";
            /** @description since when it is so; null: since ever */
            since: string | null;
            /** @description why it is not well */
            problem: components["schemas"]["RunProblem"] | null;
            /** @description a person has opened it, so only a person closes it or has it tried */
            forced: boolean;
            /** @description when it is tried next; null where it is not, or a person decides */
            next_probe: string | null;
            limits: components["schemas"]["ResourceLimits"];
            breaker: components["schemas"]["ResourceBreaker"];
            window: components["schemas"]["ResourceWindow"];
            /** @description calls that are being made */
            in_flight: number;
            /** @description calls that wait within its limits */
            waiting: number;
            /** @description steps that rest until it is well */
            parked: number;
            /** @description since when the one rests that was parked first */
            oldest_parked: string | null;
            /** @description parked steps a second that go on just now */
            drain_rate: number;
            /** @description it is well again, and some are parked still */
            draining: boolean;
            /** @description when nothing will be parked any more; null: nothing is, or nobody can tell */
            expected_end: string | null;
        };
        /** @description What may be asked of it, by all processes together; null: no limit. */
        ResourceLimits: {
            /** @description calls in flight */
            concurrency: number | null;
            /** @description calls a second */
            rate: number | null;
            /** @description parked steps a second at most, once it is well; within the rate */
            drain: number;
        };
        /** @description When it counts as failing: of so many calls within the window, so large a share failed or was slow. */
        ResourceBreaker: {
            /** @description seconds */
            window: number;
            calls: number;
            /** @description a share */
            failures: number;
            /** @description seconds from which on a call is slow */
            slow: number | null;
            /** @description classes of errors that count */
            errors: ("unavailable" | "timeout" | "rejected" | "invalid" | "conflict" | "internal")[];
            /** @description seconds until it is tried */
            rest: number;
            /** @description seconds, after many tries that failed */
            longest_rest: number;
        };
        /** @description The calls of late, of all processes. */
        ResourceWindow: {
            calls: number;
            failed: number;
            slow: number;
            /** @description failures by the class of the error */
            by_class: {
                [key: string]: number;
            };
            /** @description seconds that half of the calls took at most; null: there was none */
            p50: number | null;
            /** @description seconds that 95 of 100 calls took at most */
            p95: number | null;
        };
        /** @description Why. */
        ResourceOrder: {
            /** @description why; the log keeps it */
            reason?: string;
        };
        /** @description How much there is to do. */
        Scale: {
            /** @description runs that have something to do, and parked steps; what waits does not count */
            backlog: number;
            /** @description those of the process that answers */
            running: number;
            /** @description parked steps, of all processes */
            parked: number;
            /** @description of them, so many a second go on: drained, or given a slot */
            drain_rate: number;
            /** @description until all of it is done; null where a resource is open for good */
            seconds: number | null;
            /** @description the same as if every resource were well from now on; 0 for no work */
            value: number;
        };
        /** @description Why. */
        RulesetOrder: {
            /** @description why, in at most 1,000 characters; it stands in the list of rulesets */
            reason?: string;
        };
        /** @description The rulesets that were in charge, newest activation first. */
        RulesetList: {
            /** @description the digest of the one that is; null: none */
            active: string | null;
            /** @description a person has chosen it, so later edits wait */
            pinned: boolean;
            pending: components["schemas"]["PendingRuleset"] | null;
            rulesets: components["schemas"]["ArchivedRuleset"][];
            /** @description the cursor of the next page */
            next: string | null;
        };
        /** @description A ruleset that was in charge, or that waits to be. */
        ArchivedRuleset: {
            /** @description SHA-256 of the ruleset */
            digest: string;
            /**
             * Format: date-time
             * @description when it was first in charge, as far as that is remembered; or when it was read
             */
            first_at: string;
            /** @description when it last took charge; null: never */
            activated_at: string | null;
            active: boolean;
            pinned: boolean;
            /** @description the folder holds it, while another is pinned */
            pending: boolean;
            /** @description the folder that it was read from */
            source: string;
            /** @description How much it holds. */
            counts: {
                decisions: number;
                rules: number;
                workflows: number;
                patterns: number;
            };
            /** @description who activated it and why; null: the folder did */
            note: string | null;
        };
        /** @description What differs between two rulesets. */
        RulesetDiff: {
            /** @description SHA-256 of the ruleset */
            from: string;
            /** @description SHA-256 of the ruleset */
            to: string;
            /** @description nothing is decided or done differently, though files may differ, as by a comment */
            same: boolean;
            decisions: {
                decision: string;
                /** @enum {unknown} */
                status: "added" | "removed" | "changed";
                changes: components["schemas"]["RuleChange"][];
            }[];
            workflows: {
                workflow: string;
                /** @enum {unknown} */
                status: "added" | "removed" | "changed";
                changes: components["schemas"]["StepChange"][];
            }[];
            /** @description patterns, events, facts, … */
            others: {
                file: string;
                /** @enum {unknown} */
                status: "added" | "removed" | "changed";
            }[];
            files: {
                path: string;
                /** @enum {unknown} */
                status: "added" | "removed" | "changed";
            }[];
        };
        /** @description A rule, or something else of a decision, that differs. It is the one of the same name and layer; of a table's rows without a name, those that mean the same are the same. */
        RuleChange: {
            /** @enum {unknown} */
            what: "title" | "hit" | "requires" | "outcome" | "param" | "rule" | "default";
            /** @description the rule's or the param's */
            name: string;
            /** @enum {unknown} */
            status: "added" | "removed" | "changed" | "moved";
            layer: string;
            before: components["schemas"]["Excerpt"] | null;
            after: components["schemas"]["Excerpt"] | null;
            /** @description where both are there */
            fields: {
                /** @description such as `when`, `then.route`, `because`, `from`, or `place` where it moved */
                field: string;
                before: string | null;
                after: string | null;
            }[];
        };
        /** @description A step of a workflow that differs. */
        StepChange: {
            /** @description its path, as in `goods/take`; what is no step has a name such as `$input` */
            step: string;
            /** @enum {unknown} */
            status: "added" | "removed" | "changed" | "moved";
            before: components["schemas"]["Excerpt"] | null;
            after: components["schemas"]["Excerpt"] | null;
        };
        /** @description What stands at a place. */
        Excerpt: {
            file: string;
            line: number;
            /** @description as written */
            text: string | null;
        };
        /** @description Files that stand in the places of those of another ruleset. */
        Candidate: {
            /** @description a digest, eight or more of its first digits, `active` (the default) or `pending` */
            base?: string;
            /** @description texts by path; null takes a file away */
            files: {
                [key: string]: string | null;
            };
        };
        /** @description What became of a candidate. */
        TriedCandidate: {
            /** @description by which it can be asked and activated; null: it does not load */
            digest: string | null;
            /** @description SHA-256 of the ruleset */
            base: string;
            /** @description as rulesflow check gives them; warnings too */
            diagnostics: components["schemas"]["Diagnostic"][];
            /** @description from the base to it */
            diff: components["schemas"]["RulesetDiff"] | null;
        };
        /** @description The files of a ruleset. */
        RulesetFiles: {
            /** @description SHA-256 of the ruleset */
            digest: string;
            files: {
                path: string;
                bytes: number;
            }[];
        };
        /** @description A file of a ruleset. */
        RulesetFile: {
            /** @description SHA-256 of the ruleset */
            digest: string;
            path: string;
            /** @description null where it is no text, as of a spreadsheet */
            text: string | null;
            binary: boolean;
        };
        /** @description An event of CloudEvents 1.0. `source` and `id` together are its name: what came in before under the same name is not taken in again. Members of other names are extensions. */
        CloudEvent: {
            /** @constant */
            specversion: "1.0";
            id: string;
            /** @description where it comes from, such as a path or a URI */
            source: string;
            /** @description one that events.yaml declares */
            type: string;
            /** @description what it is about */
            subject?: string;
            /**
             * Format: date-time
             * @description when it happened, by which patterns go; when it comes in, if left out
             */
            time?: string;
            /** @description a type of JSON */
            datacontenttype?: string;
            dataschema?: string;
            /** @description as events.yaml describes it */
            data?: unknown;
            /** @description the data as the base64 of JSON, for who cannot send it otherwise */
            data_base64?: string;
        } & {
            [key: string]: string | boolean | number | null;
        };
        /** @description What became of the events. */
        EventsTaken: {
            /** @description those that are new */
            accepted: number;
            /** @description those that came in before */
            duplicates: number;
            /** @description each of them, in order */
            events: {
                source: string;
                id: string;
                /** @enum {unknown} */
                status: "accepted" | "duplicate";
            }[];
        };
        /** @description Events, and where the list goes on. */
        EventList: {
            events: components["schemas"]["StoredEvent"][];
            /** @description the `cursor` of the next page; null on the last */
            next: string | null;
        };
        /** @description An event that came in, and how far patterns are with it. */
        StoredEvent: {
            /** @description grows in the order in which events came in */
            number: number;
            source: string;
            id: string;
            type: string;
            subject: string | null;
            /**
             * Format: date-time
             * @description when it happened
             */
            time: string;
            /** Format: date-time */
            received_at: string;
            /** @description as it came */
            data: unknown;
            /** @description its other attributes */
            extensions: {
                [key: string]: string | boolean | number;
            };
            /**
             * @description matched: every pattern has looked at it; waiting: it is to be looked at; failed: a pattern fails on it
             * @enum {unknown}
             */
            status: "matched" | "waiting" | "failed";
            /** @description patterns that fail on it; others have looked at it */
            problems: components["schemas"]["EventProblem"][];
        };
        /** @description Why a pattern could not be matched on an event. */
        EventProblem: {
            /** @description empty where no pattern could be asked */
            pattern: string;
            message: string;
            attempts: number;
            /** @description when it is tried again by itself */
            retry_at: string | null;
        };
        /** @description Matches, and where the list goes on. */
        MatchList: {
            matches: components["schemas"]["EventMatch"][];
            /** @description the `cursor` of the next page; null on the last */
            next: string | null;
        };
        /** @description Events that fit a pattern together, and what came of it. */
        EventMatch: {
            /** @description made of the pattern and the events; the key of the run or the signal that follows */
            id: string;
            pattern: string;
            /** @description the value that its events share */
            key: unknown;
            /**
             * @description waiting: what would forbid it may still come; pending: it is to be followed; done: it was; failed: it could not be; throttled: another was followed shortly before; refuted: it was forbidden
             * @enum {unknown}
             */
            status: "waiting" | "pending" | "done" | "failed" | "throttled" | "refuted";
            /** Format: date-time */
            found_at: string;
            /** @description when it counts, unless it is forbidden before; null: at once */
            due: string | null;
            /** @description by the names that the pattern gives them */
            events: {
                alias: string;
                source: string;
                id: string;
                type: string;
                /** Format: date-time */
                time: string;
            }[];
            /** @description why it could not be followed */
            problem: string | null;
        };
        /** @description The patterns of the active ruleset. */
        PatternList: {
            /** @description SHA-256 of the ruleset */
            digest: string | null;
            /**
             * @description missing: what matches is not installed, so events wait
             * @enum {unknown}
             */
            engine: "ready" | "missing";
            patterns: components["schemas"]["Pattern"][];
        };
        /** @description A pattern, and how it goes. */
        Pattern: {
            name: string;
            title: string;
            /** @description the path in the data by which events belong together */
            by: string;
            /** @description the time from the earliest to the latest event, in seconds: `600s` */
            within: string;
            /** @description the types of events that it looks at */
            types: string[];
            /** @description what follows a match, without the values that are worked out of it */
            then: {
                signal?: string;
                start?: string;
                fact?: string;
                where?: string[];
                for?: string;
            };
            because: string;
            file: string;
            line: number;
            /** @description why it fails, for the process that answers; null while it does not */
            failing: string | null;
        };
        /** @description What is tried again. */
        Retried: {
            /** @description events on which a pattern had failed, and matches that could not be followed */
            count: number;
        };
        /** @description A page of alerts. */
        AlertList: {
            alerts: components["schemas"]["Alert"][];
            /** @description the cursor of the next page; null: this is the last */
            next: string | null;
        };
        /** @description Something that an operator should know of. */
        Alert: {
            id: string;
            /** @description the name of what raised it */
            alert: string;
            title: string;
            /** @enum {unknown} */
            severity: "info" | "warning" | "critical";
            /**
             * @description what it is about
             * @enum {unknown}
             */
            of: "step" | "resource" | "service";
            /** @description the name of the step or resource; service for the whole */
            subject: string;
            /** @enum {unknown} */
            status: "open" | "closed";
            /** @description what was found when it opened */
            text: string;
            /** @description the condition that held, and for how long */
            because: string;
            /** Format: date-time */
            opened_at: string;
            closed_at: string | null;
            /**
             * @description whether all that there was to post has arrived; failed: it was given up
             * @enum {unknown}
             */
            webhook: "off" | "waiting" | "sent" | "failed";
            /** @description the facts by which it opened */
            values: Record<string, unknown>;
            /** @description who has seen it last; null: nobody has said so */
            acknowledged: components["schemas"]["AlertSeen"] | null;
        };
        /** @description Who has seen an alert. */
        AlertSeen: {
            by: string;
            /** Format: date-time */
            at: string;
            note: string;
        };
        /** @description What there is to say. */
        AlertNote: {
            /** @description at most 1,000 characters */
            note?: string;
        };
        /** @description What raises alerts. */
        AlertRuleList: {
            rules: components["schemas"]["AlertRule"][];
        };
        /** @description When an alert opens and closes. */
        AlertRule: {
            alert: string;
            title: string;
            /**
             * @description what it is about
             * @enum {unknown}
             */
            of: "step" | "resource" | "service";
            /** @enum {unknown} */
            severity: "info" | "warning" | "critical";
            /** @description the condition that opens it */
            when: string;
            /** @description the condition that closes it; null: when does not hold */
            clear: string | null;
            /** @description seconds for which clear has to hold */
            clear_for: number;
            /** @description where it stands */
            file: string;
            line: number;
            /** @enum {unknown} */
            source: "shipped" | "project";
            enabled: boolean;
            /** @description why it could not be told just now; such an alert neither opens nor closes */
            problem: string | null;
            /** @description seconds for which when has to hold */
            for: number;
        };
        /** @description How steps and resources did, and which step costs the most time. */
        StepStats: {
            /** Format: date-time */
            at: string;
            /** @description seconds */
            window: number;
            /** @description null: all are well */
            bottleneck: components["schemas"]["Bottleneck"] | null;
            steps: components["schemas"]["StepStat"][];
            resources: components["schemas"]["ResourceStat"][];
        };
        /** @description How a step did. */
        StepStat: {
            step: string;
            resource: string;
            /** @description calls that ended within the window, of all processes */
            calls: number;
            per_second: number;
            /** @description of them, those that failed */
            errors: number;
            /** @description the share that failed */
            error_rate: number;
            /** @description failures by the class of the error */
            by_class: {
                [key: string]: number;
            };
            /** @description the calls themselves; null: there was none */
            run: components["schemas"]["Latency"] | null;
            /** @description from when a call was wanted until it was admitted by the limits */
            queue: components["schemas"]["Latency"] | null;
            /** @description calls that are being made */
            in_flight: number;
            /** @description seconds for which the first of those has run; null: there is none */
            oldest_call: number | null;
            /** @description calls that wait until they are admitted */
            waiting: number;
            /** @description steps that rest until the resource is well; the time counts in neither */
            parked: number;
            /** @description what is usual now; null: that is not known */
            usual: components["schemas"]["UsualStats"] | null;
            verdict: components["schemas"]["StatVerdict"];
            /** @description with series=true: the window in parts, oldest first */
            series?: components["schemas"]["StatPoint"][];
        };
        /** @description How a resource did, which steps need. */
        ResourceStat: {
            resource: string;
            /** @description calls that ended within the window, of all processes */
            calls: number;
            per_second: number;
            /** @description of them, those that failed */
            errors: number;
            /** @description the share that failed */
            error_rate: number;
            /** @description failures by the class of the error */
            by_class: {
                [key: string]: number;
            };
            /** @description the calls themselves; null: there was none */
            run: components["schemas"]["Latency"] | null;
            /** @description from when a call was wanted until it was admitted by the limits */
            queue: components["schemas"]["Latency"] | null;
            /** @description calls that are being made */
            in_flight: number;
            /** @description seconds for which the first of those has run; null: there is none */
            oldest_call: number | null;
            /** @description calls that wait until they are admitted */
            waiting: number;
            /** @description steps that rest until the resource is well; the time counts in neither */
            parked: number;
            /** @description what is usual now; null: that is not known */
            usual: components["schemas"]["UsualStats"] | null;
            verdict: components["schemas"]["StatVerdict"];
            /** @description with series=true: the window in parts, oldest first */
            series?: components["schemas"]["StatPoint"][];
        };
        /** @description Seconds that 50, 95 and 99 of 100 took at most. */
        Latency: {
            p50: number;
            p95: number;
            p99: number;
        };
        /** @description What is usual. */
        UsualStats: {
            /**
             * @description this hour of the week in weeks before; or the last day, without its last minutes
             * @enum {unknown}
             */
            source: "hour-of-week" | "recent";
            calls: number;
            error_rate: number;
            run: components["schemas"]["Latency"] | null;
            queue: components["schemas"]["Latency"] | null;
        };
        /** @description How it does. */
        StatVerdict: {
            /**
             * @description how it does, in a word
             * @enum {unknown}
             */
            state: "well" | "unknown" | "slow" | "saturated" | "failing" | "held";
            text: string;
        };
        /** @description The step that costs the most time. */
        Bottleneck: {
            step: string;
            /**
             * @description how it does, in a word
             * @enum {unknown}
             */
            state: "well" | "unknown" | "slow" | "saturated" | "failing" | "held";
            text: string;
        };
        /** @description A part of the window that begins then. */
        StatPoint: {
            /** Format: date-time */
            at: string;
            calls: number;
            errors: number;
            run_p95: number | null;
            queue_p95: number | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    show_decision: {
        parameters: {
            query?: {
                /**
                 * @description dotted names of facts that choose layers, with their values
                 * @example {
                 *       "order.region": "eu/de",
                 *       "customer.type": "vip"
                 *     }
                 */
                dimensions?: {
                    [key: string]: string;
                };
            };
            header?: never;
            path: {
                /**
                 * @description the decision's name
                 * @example refund
                 */
                decision: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rules, in the order in which they are asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "decision": "refund",
                     *       "title": "How a refund request is handled",
                     *       "hit": "first",
                     *       "requires": [
                     *         "refund.reason"
                     *       ],
                     *       "outcome": {
                     *         "route": {
                     *           "enum": [
                     *             "auto",
                     *             "review",
                     *             "deny"
                     *           ]
                     *         }
                     *       },
                     *       "layers": [
                     *         "base",
                     *         "region/eu",
                     *         "region/eu/de"
                     *       ],
                     *       "reads": [
                     *         "customer.tenure_days",
                     *         "order.region",
                     *         "order.total"
                     *       ],
                     *       "params": {
                     *         "auto_limit": {
                     *           "value": 100,
                     *           "layer": "base",
                     *           "file": "base/refund.yaml",
                     *           "line": 14,
                     *           "over": []
                     *         }
                     *       },
                     *       "rules": [
                     *         {
                     *           "rule": "small_and_trusted",
                     *           "layer": "base",
                     *           "file": "base/refund.yaml",
                     *           "line": 41,
                     *           "because": "Small refunds for long-standing customers",
                     *           "when": [
                     *             "order.total: <= params.auto_limit",
                     *             "customer.tenure_days: >= 90"
                     *           ],
                     *           "then": {
                     *             "route": "auto",
                     *             "limit": "${ order.total }"
                     *           },
                     *           "final": false,
                     *           "from": null,
                     *           "until": null
                     *         }
                     *       ],
                     *       "default": null,
                     *       "replaced": [],
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                     *     }
                     */
                    "application/json": components["schemas"]["EffectiveRules"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no decision of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decide: {
        parameters: {
            query?: {
                /** @description what if: decide by this ruleset instead of the active one: a digest, eight or more of its first digits, or `pending`. Neither metrics nor anything else tells of it */
                ruleset?: string;
            };
            header?: never;
            path: {
                /**
                 * @description the decision's name
                 * @example refund
                 */
                decision: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "facts": {
                 *         "order": {
                 *           "total": 40,
                 *           "region": "eu/de",
                 *           "channel": "web"
                 *         },
                 *         "customer": {
                 *           "type": "regular",
                 *           "tenure_days": 400
                 *         },
                 *         "refund": {
                 *           "reason": "not_as_described"
                 *         }
                 *       },
                 *       "at": "2026-11-20T10:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["DecisionRequest"];
            };
        };
        responses: {
            /** @description The decision */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionReply"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no decision of this name; There is no ruleset of this digest */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The digits fit several rulesets; The ruleset cannot be used */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape; A rule failed on these facts */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    decide_batch: {
        parameters: {
            query?: {
                /** @description what if: decide by this ruleset instead of the active one: a digest, eight or more of its first digits, or `pending`. Neither metrics nor anything else tells of it */
                ruleset?: string;
            };
            header?: never;
            path: {
                /**
                 * @description the decision's name
                 * @example refund
                 */
                decision: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example [
                 *       {
                 *         "facts": {
                 *           "order": {
                 *             "total": 40,
                 *             "region": "eu/de",
                 *             "channel": "web"
                 *           },
                 *           "customer": {
                 *             "type": "regular",
                 *             "tenure_days": 400
                 *           },
                 *           "refund": {
                 *             "reason": "not_as_described"
                 *           }
                 *         },
                 *         "at": "2026-11-20T10:00:00Z"
                 *       },
                 *       {
                 *         "facts": {
                 *           "order": {
                 *             "total": 40,
                 *             "region": "eu/de",
                 *             "channel": "web"
                 *           },
                 *           "customer": {
                 *             "type": "regular",
                 *             "tenure_days": 400
                 *           },
                 *           "refund": {
                 *             "reason": "not_as_described"
                 *           }
                 *         },
                 *         "at": "2026-11-20T10:00:00Z"
                 *       }
                 *     ]
                 */
                "application/json": components["schemas"]["DecisionRequest"][];
                /**
                 * @example {"facts": {"order": {"total": 40, "region": "eu/de"}, …}}
                 *     {"facts": {…}}
                 */
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description The replies, in order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *         "decision": "refund",
                     *         "result": {
                     *           "route": "auto",
                     *           "limit": 40
                     *         },
                     *         "matched": [
                     *           {
                     *             "rule": "small_and_trusted",
                     *             "layer": "base",
                     *             "file": "base/refund.yaml",
                     *             "line": 41,
                     *             "because": "Small refunds for long-standing customers"
                     *           }
                     *         ],
                     *         "layers": [
                     *           "base",
                     *           "region/eu",
                     *           "region/eu/de"
                     *         ],
                     *         "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *         "at": "2026-11-20T10:00:00Z"
                     *       },
                     *       {
                     *         "error": {
                     *           "type": "/problems/facts-refused",
                     *           "title": "The request does not have the right shape",
                     *           "status": 422,
                     *           "detail": "the facts do not fit the schema: /facts/order/total: must be a number, not a string",
                     *           "errors": [
                     *             {
                     *               "pointer": "/facts/order/total",
                     *               "code": "type",
                     *               "message": "must be a number, not a string",
                     *               "hint": "write it without quotes"
                     *             }
                     *           ]
                     *         }
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["BatchReply"][];
                    /**
                     * @example {"id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7", "decision": "refund", …}
                     *     {"error": {"status": 422, …}}
                     */
                    "application/x-ndjson": string;
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no decision of this name; There is no ruleset of this digest */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The digits fit several rulesets; The ruleset cannot be used */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_decisions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decisions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "decisions": [
                     *         {
                     *           "decision": "refund",
                     *           "title": "How a refund request is handled",
                     *           "hit": "first",
                     *           "requires": [
                     *             "refund.reason"
                     *           ],
                     *           "outcome": {
                     *             "route": {
                     *               "enum": [
                     *                 "auto",
                     *                 "review",
                     *                 "deny"
                     *               ]
                     *             }
                     *           },
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "customer/vip"
                     *           ],
                     *           "rules": 9,
                     *           "dimensions": [
                     *             {
                     *               "fact": "order.region",
                     *               "values": [
                     *                 "eu",
                     *                 "eu/de",
                     *                 "us"
                     *               ]
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DecisionList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_cases: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the decision's name
                 * @example refund
                 */
                decision: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cases */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "decision": "refund",
                     *       "cases": [
                     *         {
                     *           "case": "a long-standing VIP gets a small refund at once",
                     *           "facts": {
                     *             "order": {
                     *               "total": 40,
                     *               "region": "eu/de",
                     *               "channel": "web"
                     *             },
                     *             "customer": {
                     *               "type": "regular",
                     *               "tenure_days": 400
                     *             },
                     *             "refund": {
                     *               "reason": "not_as_described"
                     *             }
                     *           },
                     *           "at": "2026-11-20T10:00:00Z",
                     *           "expect": {
                     *             "route": "auto"
                     *           },
                     *           "file": "base/refund.cases.yaml",
                     *           "line": 3
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CaseList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no decision of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_facts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The schema */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "schema": {
                     *         "type": "object",
                     *         "required": [
                     *           "order"
                     *         ],
                     *         "properties": {
                     *           "order": {
                     *             "type": "object",
                     *             "required": [
                     *               "total"
                     *             ],
                     *             "properties": {
                     *               "total": {
                     *                 "type": "number",
                     *                 "minimum": 0,
                     *                 "description": "Tax included",
                     *                 "examples": [
                     *                   59.9
                     *                 ]
                     *               }
                     *             }
                     *           }
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Facts"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ruleset_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "activated_at": "2026-11-20T09:58:11.204518Z",
                     *       "source": "/srv/rules",
                     *       "pinned": false,
                     *       "decisions": [
                     *         "fraud",
                     *         "refund"
                     *       ],
                     *       "pending": null,
                     *       "error": {
                     *         "at": "2026-11-20T09:59:40.118002Z",
                     *         "diagnostics": [
                     *           {
                     *             "code": "RF203",
                     *             "severity": "error",
                     *             "file": "region/eu/refund.yaml",
                     *             "line": 12,
                     *             "column": 31,
                     *             "message": "unknown field order.totl",
                     *             "hint": "did you mean order.total?",
                     *             "text": "    when: {order.coupon: ABC, order.totl: \"<= 100\"}"
                     *           }
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RulesetStatus"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reload_ruleset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status after the load */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "activated_at": "2026-11-20T09:58:11.204518Z",
                     *       "source": "/srv/rules",
                     *       "pinned": false,
                     *       "decisions": [
                     *         "fraud",
                     *         "refund"
                     *       ],
                     *       "pending": null,
                     *       "error": null
                     *     }
                     */
                    "application/json": components["schemas"]["RulesetStatus"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_rulesets: {
        parameters: {
            query?: {
                /** @description how many at most */
                limit?: number;
                /** @description `next` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rulesets */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "active": "71d2b6c05e9f4a38b1c7d0e6f3a2958c4b7e1d0f6a9c3e5b8d2f7a1c0e4b6d93",
                     *       "pinned": true,
                     *       "pending": {
                     *         "digest": "9c0ffee2aa41d3b1f0c85e6d7b2a94137e5c1f8d6a3b0e4c7f29d815b6a0e3f4",
                     *         "at": "2026-11-27T17:40:02.118002Z"
                     *       },
                     *       "rulesets": [
                     *         {
                     *           "digest": "71d2b6c05e9f4a38b1c7d0e6f3a2958c4b7e1d0f6a9c3e5b8d2f7a1c0e4b6d93",
                     *           "first_at": "2026-11-20T09:58:11.204518Z",
                     *           "activated_at": "2026-11-27T17:52:40.001933Z",
                     *           "active": true,
                     *           "pinned": true,
                     *           "pending": false,
                     *           "source": "/srv/rules",
                     *           "counts": {
                     *             "decisions": 9,
                     *             "rules": 214,
                     *             "workflows": 4,
                     *             "patterns": 3
                     *           },
                     *           "note": "activated by dana: the new refund limits were wrong"
                     *         },
                     *         {
                     *           "digest": "9c0ffee2aa41d3b1f0c85e6d7b2a94137e5c1f8d6a3b0e4c7f29d815b6a0e3f4",
                     *           "first_at": "2026-11-27T17:40:02.118002Z",
                     *           "activated_at": "2026-11-27T17:40:02.118002Z",
                     *           "active": false,
                     *           "pinned": false,
                     *           "pending": true,
                     *           "source": "/srv/rules",
                     *           "counts": {
                     *             "decisions": 9,
                     *             "rules": 215,
                     *             "workflows": 4,
                     *             "patterns": 3
                     *           },
                     *           "note": null
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["RulesetList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    try_ruleset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "base": "active",
                 *       "files": {
                 *         "base/refund.yaml": "decision: refund\nhit: first\n…",
                 *         "region/eu/refund.yaml": null
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["Candidate"];
            };
        };
        responses: {
            /** @description The candidate, or why it does not load */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TriedCandidate"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no ruleset of this digest */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ruleset cannot be used; The digits fit several rulesets */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much is waiting already */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    diff_rulesets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the digest, eight or more of its first digits, `active` or `pending`
                 * @example 71d2b6c05e9f
                 */
                a: string;
                /**
                 * @description the digest, eight or more of its first digits, `active` or `pending`
                 * @example pending
                 */
                b: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What differs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "71d2b6c05e9f4a38b1c7d0e6f3a2958c4b7e1d0f6a9c3e5b8d2f7a1c0e4b6d93",
                     *       "to": "9c0ffee2aa41d3b1f0c85e6d7b2a94137e5c1f8d6a3b0e4c7f29d815b6a0e3f4",
                     *       "same": false,
                     *       "decisions": [
                     *         {
                     *           "decision": "refund",
                     *           "status": "changed",
                     *           "changes": [
                     *             {
                     *               "what": "rule",
                     *               "name": "large-order",
                     *               "status": "changed",
                     *               "layer": "region/eu",
                     *               "before": {
                     *                 "file": "region/eu/refund.yaml",
                     *                 "line": 12,
                     *                 "text": "- rule: large-order\n  when: order.total > 500\n  then: {route: review}"
                     *               },
                     *               "after": {
                     *                 "file": "region/eu/refund.yaml",
                     *                 "line": 12,
                     *                 "text": "- rule: large-order\n  when: order.total > 400\n  then: {route: review}"
                     *               },
                     *               "fields": [
                     *                 {
                     *                   "field": "when",
                     *                   "before": "order.total > 500",
                     *                   "after": "order.total > 400"
                     *                 }
                     *               ]
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "workflows": [
                     *         {
                     *           "workflow": "order",
                     *           "status": "changed",
                     *           "changes": [
                     *             {
                     *               "step": "payment/charge",
                     *               "status": "changed",
                     *               "before": {
                     *                 "file": "workflows/order.yaml",
                     *                 "line": 40,
                     *                 "text": "charge:\n  call: payment.charge\n  timeout: 5s"
                     *               },
                     *               "after": {
                     *                 "file": "workflows/order.yaml",
                     *                 "line": 40,
                     *                 "text": "charge:\n  call: payment.charge\n  timeout: 10s"
                     *               }
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "others": [
                     *         {
                     *           "file": "patterns/card-testing.yaml",
                     *           "status": "changed"
                     *         }
                     *       ],
                     *       "files": [
                     *         {
                     *           "path": "patterns/card-testing.yaml",
                     *           "status": "changed"
                     *         },
                     *         {
                     *           "path": "region/eu/refund.yaml",
                     *           "status": "changed"
                     *         },
                     *         {
                     *           "path": "workflows/order.yaml",
                     *           "status": "changed"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RulesetDiff"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no ruleset of this digest */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ruleset cannot be used; The digits fit several rulesets */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    activate_ruleset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the digest, eight or more of its first digits, `active` or `pending`
                 * @example 71d2b6c05e9f
                 */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the new refund limits were wrong"
                 *     }
                 */
                "application/json": components["schemas"]["RulesetOrder"];
            };
        };
        responses: {
            /** @description The status after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "71d2b6c05e9f4a38b1c7d0e6f3a2958c4b7e1d0f6a9c3e5b8d2f7a1c0e4b6d93",
                     *       "activated_at": "2026-11-20T09:58:11.204518Z",
                     *       "source": "/srv/rules",
                     *       "pinned": true,
                     *       "decisions": [
                     *         "fraud",
                     *         "refund"
                     *       ],
                     *       "pending": {
                     *         "digest": "9c0ffee2aa41d3b1f0c85e6d7b2a94137e5c1f8d6a3b0e4c7f29d815b6a0e3f4",
                     *         "at": "2026-11-27T17:40:02.118002Z"
                     *       },
                     *       "error": null
                     *     }
                     */
                    "application/json": components["schemas"]["RulesetStatus"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no ruleset of this digest */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ruleset cannot be used; The digits fit several rulesets */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_ruleset_files: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the digest, eight or more of its first digits, `active` or `pending`
                 * @example 71d2b6c05e9f
                 */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The files */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "71d2b6c05e9f4a38b1c7d0e6f3a2958c4b7e1d0f6a9c3e5b8d2f7a1c0e4b6d93",
                     *       "files": [
                     *         {
                     *           "path": "base/refund.yaml",
                     *           "bytes": 2210
                     *         },
                     *         {
                     *           "path": "rulesflow.yaml",
                     *           "bytes": 118
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RulesetFiles"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no ruleset of this digest */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The digits fit several rulesets */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_ruleset_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the digest, eight or more of its first digits, `active` or `pending`
                 * @example 71d2b6c05e9f
                 */
                digest: string;
                /**
                 * @description the file's path in the folder of rules
                 * @example base/refund.yaml
                 */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "71d2b6c05e9f4a38b1c7d0e6f3a2958c4b7e1d0f6a9c3e5b8d2f7a1c0e4b6d93",
                     *       "path": "rulesflow.yaml",
                     *       "text": "project: shop\nfacts: facts.yaml\nlayers: [base]\n",
                     *       "binary": false
                     *     }
                     */
                    "application/json": components["schemas"]["RulesetFile"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no ruleset of this digest; The ruleset has no such file */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The digits fit several rulesets */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alive */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "live"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ready"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text, or OpenMetrics if asked for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example rulesflow_decisions_total{decision="refund",outcome="decided"} 12 */
                    "text/plain": string;
                };
            };
            /** @description The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_runs: {
        parameters: {
            query?: {
                /**
                 * @description the workflow's name
                 * @example order
                 */
                workflow?: string;
                /**
                 * @description one of these; may be given several times, or with commas between
                 * @example [
                 *       "incident",
                 *       "parked"
                 *     ]
                 */
                status?: ("queued" | "running" | "waiting" | "parked" | "paused" | "incident" | "undoing" | "completed" | "failed" | "cancelled")[];
                /**
                 * @description of the incident at which they stand still
                 * @example 5be1c04a9d2f7713
                 */
                fingerprint?: string;
                /**
                 * @description begun at this time or later
                 * @example 2026-11-27T00:00:00Z
                 */
                since?: string;
                /**
                 * @description begun before this time
                 * @example 2026-11-28T00:00:00Z
                 */
                until?: string;
                /**
                 * @description indexed fields of the input by their dotted names, with their values
                 * @example {
                 *       "order.region": "eu/de"
                 *     }
                 */
                fields?: {
                    [key: string]: string;
                };
                /**
                 * @description runs on a page
                 * @example 50
                 */
                limit?: number;
                /**
                 * @description `next` of the page before
                 * @example b2xkZXI
                 */
                cursor?: string;
                /**
                 * @description by the time of their beginning
                 * @example newest
                 */
                sort?: "newest" | "oldest";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "runs": [
                     *         {
                     *           "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *           "workflow": "order",
                     *           "status": "waiting",
                     *           "created_at": "2026-11-27T08:00:00.120418Z",
                     *           "updated_at": "2026-11-27T08:00:00.381205Z",
                     *           "at": [
                     *             "review"
                     *           ],
                     *           "fields": {
                     *             "order.region": "eu/de",
                     *             "customer.type": "vip"
                     *           },
                     *           "problem": null
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["RunList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_run: {
        parameters: {
            query?: {
                /**
                 * @description answer once the run has ended, or after this time; 5m at most
                 * @example 5s
                 */
                wait?: string;
            };
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "workflow": "order",
                 *       "input": {
                 *         "order": {
                 *           "id": "A-1001",
                 *           "total": 120,
                 *           "currency": "EUR",
                 *           "region": "eu/de"
                 *         },
                 *         "customer": {
                 *           "type": "vip"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["RunRequest"];
            };
        };
        responses: {
            /** @description The run, which has ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "workflow": "order",
                     *       "status": "completed",
                     *       "created_at": "2026-11-27T08:00:00.120418Z",
                     *       "updated_at": "2026-11-27T08:00:00.381205Z",
                     *       "at": [
                     *         "review"
                     *       ],
                     *       "fields": {
                     *         "order.region": "eu/de",
                     *         "customer.type": "vip"
                     *       },
                     *       "problem": null,
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "input": {
                     *         "order": {
                     *           "id": "A-1001",
                     *           "total": 120,
                     *           "currency": "EUR",
                     *           "region": "eu/de"
                     *         },
                     *         "customer": {
                     *           "type": "vip"
                     *         }
                     *       },
                     *       "output": null,
                     *       "path": [
                     *         {
                     *           "path": "stock",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "fraud",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "review",
                     *           "visit": 1
                     *         }
                     *       ],
                     *       "steps": {
                     *         "stock": {
                     *           "reservation_id": "R-77"
                     *         },
                     *         "fraud": {
                     *           "route": "review"
                     *         }
                     *       },
                     *       "waiting_for": [
                     *         {
                     *           "path": "review",
                     *           "kind": "signal",
                     *           "signal": "approval",
                     *           "payload": {
                     *             "type": "object",
                     *             "required": [
                     *               "verdict"
                     *             ],
                     *             "properties": {
                     *               "verdict": {
                     *                 "enum": [
                     *                   "approved",
                     *                   "rejected"
                     *                 ]
                     *               },
                     *               "note": {
                     *                 "type": "string"
                     *               }
                     *             }
                     *           },
                     *           "until": "2026-11-28T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "attempts": [
                     *         {
                     *           "kind": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "started_at": "2026-11-27T08:00:00.140022Z",
                     *           "ended_at": "2026-11-27T08:00:00.381205Z",
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "undone": []
                     *     }
                     */
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The run, which goes on */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "workflow": "order",
                     *       "status": "waiting",
                     *       "created_at": "2026-11-27T08:00:00.120418Z",
                     *       "updated_at": "2026-11-27T08:00:00.381205Z",
                     *       "at": [
                     *         "review"
                     *       ],
                     *       "fields": {
                     *         "order.region": "eu/de",
                     *         "customer.type": "vip"
                     *       },
                     *       "problem": null,
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "input": {
                     *         "order": {
                     *           "id": "A-1001",
                     *           "total": 120,
                     *           "currency": "EUR",
                     *           "region": "eu/de"
                     *         },
                     *         "customer": {
                     *           "type": "vip"
                     *         }
                     *       },
                     *       "output": null,
                     *       "path": [
                     *         {
                     *           "path": "stock",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "fraud",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "review",
                     *           "visit": 1
                     *         }
                     *       ],
                     *       "steps": {
                     *         "stock": {
                     *           "reservation_id": "R-77"
                     *         },
                     *         "fraud": {
                     *           "route": "review"
                     *         }
                     *       },
                     *       "waiting_for": [
                     *         {
                     *           "path": "review",
                     *           "kind": "signal",
                     *           "signal": "approval",
                     *           "payload": {
                     *             "type": "object",
                     *             "required": [
                     *               "verdict"
                     *             ],
                     *             "properties": {
                     *               "verdict": {
                     *                 "enum": [
                     *                   "approved",
                     *                   "rejected"
                     *                 ]
                     *               },
                     *               "note": {
                     *                 "type": "string"
                     *               }
                     *             }
                     *           },
                     *           "until": "2026-11-28T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "attempts": [
                     *         {
                     *           "kind": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "started_at": "2026-11-27T08:00:00.140022Z",
                     *           "ended_at": "2026-11-27T08:00:00.381205Z",
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "undone": []
                     *     }
                     */
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no workflow of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much is waiting already */
            429: {
                headers: {
                    /**
                     * @description seconds in which the backlog is worked off, or a part of it where that takes longer
                     * @example 57
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    count_runs: {
        parameters: {
            query?: {
                /**
                 * @description the workflow's name
                 * @example order
                 */
                workflow?: string;
                /**
                 * @description one of these; may be given several times, or with commas between
                 * @example [
                 *       "incident",
                 *       "parked"
                 *     ]
                 */
                status?: ("queued" | "running" | "waiting" | "parked" | "paused" | "incident" | "undoing" | "completed" | "failed" | "cancelled")[];
                /**
                 * @description of the incident at which they stand still
                 * @example 5be1c04a9d2f7713
                 */
                fingerprint?: string;
                /**
                 * @description begun at this time or later
                 * @example 2026-11-27T00:00:00Z
                 */
                since?: string;
                /**
                 * @description begun before this time
                 * @example 2026-11-28T00:00:00Z
                 */
                until?: string;
                /**
                 * @description indexed fields of the input by their dotted names, with their values
                 * @example {
                 *       "order.region": "eu/de"
                 *     }
                 */
                fields?: {
                    [key: string]: string;
                };
                /**
                 * @description `status`, `workflow`, or an indexed field of the input
                 * @example order.region
                 */
                by?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 212,
                     *       "by_status": {
                     *         "waiting": 200,
                     *         "incident": 12
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["RunCount"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_fields: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The fields */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "fields": [
                     *         {
                     *           "name": "order.region",
                     *           "values": [
                     *             "eu/de",
                     *             "us"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RunFields"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_bulks: {
        parameters: {
            query?: {
                /**
                 * @description how many on a page
                 * @example 50
                 */
                limit?: number;
                /**
                 * @description `next` of the page before
                 * @example 212.5be1c04a9d2f7713
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of bulk orders */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "bulks": [
                     *         {
                     *           "id": "019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0",
                     *           "action": "retry",
                     *           "filter": {
                     *             "fingerprint": "5be1c04a9d2f7713",
                     *             "order.region": "eu/de"
                     *           },
                     *           "count": 212,
                     *           "done": 70,
                     *           "failed": 1,
                     *           "running": true,
                     *           "cancelled": false,
                     *           "rate": 20,
                     *           "caller": "ops",
                     *           "created_at": "2026-11-27T09:30:00.051772Z",
                     *           "ended_at": null,
                     *           "expected_end": "2026-11-27T09:30:10.6Z",
                     *           "problems": [
                     *             {
                     *               "run": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *               "code": "run-ended",
                     *               "message": "the run has ended: it is cancelled"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    order_runs: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "action": "retry",
                 *       "filter": {
                 *         "fingerprint": "5be1c04a9d2f7713",
                 *         "order.region": "eu/de"
                 *       },
                 *       "dry_run": false,
                 *       "rate": 20
                 *     }
                 */
                "application/json": components["schemas"]["BulkRequest"];
            };
        };
        responses: {
            /** @description How many runs it would be */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 212,
                     *       "by_status": {
                     *         "incident": 212
                     *       },
                     *       "sample": [
                     *         "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7"
                     *       ],
                     *       "id": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkReply"];
                };
            };
            /** @description It has begun */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 212,
                     *       "id": "019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0"
                     *     }
                     */
                    "application/json": components["schemas"]["BulkReply"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    bulk_progress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the bulk order's id
                 * @example 019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0
                 */
                bulk: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The progress */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0",
                     *       "action": "retry",
                     *       "filter": {
                     *         "fingerprint": "5be1c04a9d2f7713",
                     *         "order.region": "eu/de"
                     *       },
                     *       "count": 212,
                     *       "done": 70,
                     *       "failed": 1,
                     *       "running": true,
                     *       "cancelled": false,
                     *       "rate": 20,
                     *       "caller": "ops",
                     *       "created_at": "2026-11-27T09:30:00.051772Z",
                     *       "ended_at": null,
                     *       "expected_end": "2026-11-27T09:30:10.6Z",
                     *       "problems": [
                     *         {
                     *           "run": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *           "code": "run-ended",
                     *           "message": "the run has ended: it is cancelled"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BulkProgress"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no bulk order of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_bulk: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the bulk order's id
                 * @example 019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0
                 */
                bulk: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The progress */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b6-1c02-7c3e-8a44-90d1e2b7a5f0",
                     *       "action": "retry",
                     *       "filter": {
                     *         "fingerprint": "5be1c04a9d2f7713",
                     *         "order.region": "eu/de"
                     *       },
                     *       "count": 212,
                     *       "done": 70,
                     *       "failed": 1,
                     *       "running": true,
                     *       "cancelled": true,
                     *       "rate": 20,
                     *       "caller": "ops",
                     *       "created_at": "2026-11-27T09:30:00.051772Z",
                     *       "ended_at": null,
                     *       "expected_end": "2026-11-27T09:30:10.6Z",
                     *       "problems": [
                     *         {
                     *           "run": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *           "code": "run-ended",
                     *           "message": "the run has ended: it is cancelled"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BulkProgress"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no bulk order of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request; What stands forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_run: {
        parameters: {
            query?: {
                /**
                 * @description answer once the run has ended, or after this time; 5m at most
                 * @example 5s
                 */
                wait?: string;
            };
            header?: never;
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "workflow": "order",
                     *       "status": "waiting",
                     *       "created_at": "2026-11-27T08:00:00.120418Z",
                     *       "updated_at": "2026-11-27T08:00:00.381205Z",
                     *       "at": [
                     *         "review"
                     *       ],
                     *       "fields": {
                     *         "order.region": "eu/de",
                     *         "customer.type": "vip"
                     *       },
                     *       "problem": null,
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "input": {
                     *         "order": {
                     *           "id": "A-1001",
                     *           "total": 120,
                     *           "currency": "EUR",
                     *           "region": "eu/de"
                     *         },
                     *         "customer": {
                     *           "type": "vip"
                     *         }
                     *       },
                     *       "output": null,
                     *       "path": [
                     *         {
                     *           "path": "stock",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "fraud",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "review",
                     *           "visit": 1
                     *         }
                     *       ],
                     *       "steps": {
                     *         "stock": {
                     *           "reservation_id": "R-77"
                     *         },
                     *         "fraud": {
                     *           "route": "review"
                     *         }
                     *       },
                     *       "waiting_for": [
                     *         {
                     *           "path": "review",
                     *           "kind": "signal",
                     *           "signal": "approval",
                     *           "payload": {
                     *             "type": "object",
                     *             "required": [
                     *               "verdict"
                     *             ],
                     *             "properties": {
                     *               "verdict": {
                     *                 "enum": [
                     *                   "approved",
                     *                   "rejected"
                     *                 ]
                     *               },
                     *               "note": {
                     *                 "type": "string"
                     *               }
                     *             }
                     *           },
                     *           "until": "2026-11-28T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "attempts": [
                     *         {
                     *           "kind": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "started_at": "2026-11-27T08:00:00.140022Z",
                     *           "ended_at": "2026-11-27T08:00:00.381205Z",
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "undone": []
                     *     }
                     */
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_history: {
        parameters: {
            query?: {
                /**
                 * @description entries of a higher number
                 * @example 100
                 */
                after?: number;
                /**
                 * @description entries on a page
                 * @example 100
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "run": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "entries": [
                     *         {
                     *           "number": 1,
                     *           "at": "2026-11-27T08:00:00.120418Z",
                     *           "type": "started",
                     *           "input": {
                     *             "order": {
                     *               "id": "A-1001",
                     *               "total": 120,
                     *               "currency": "EUR",
                     *               "region": "eu/de"
                     *             },
                     *             "customer": {
                     *               "type": "vip"
                     *             }
                     *           }
                     *         },
                     *         {
                     *           "number": 2,
                     *           "at": "2026-11-27T08:00:00.381205Z",
                     *           "type": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["RunHistory"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_events: {
        parameters: {
            query?: {
                /**
                 * @description the same, for who cannot set a header
                 * @example 2
                 */
                after?: number;
            };
            header?: {
                /**
                 * @description go on after this entry, as browsers ask by themselves
                 * @example 2
                 */
                "Last-Event-ID"?: number;
            };
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example id: 2
                     *     event: call
                     *     data: {"number":2,"at":"2026-11-27T08:00:00.381205Z","type":"call","path":"stock",…}
                     *
                     *     event: status
                     *     data: {"type":"status","status":"waiting"}
                     *
                     *     : still here
                     *
                     *     event: end
                     *     data: {"type":"end","status":"completed"}
                     */
                    "text/event-stream": string;
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signal_run: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
                /**
                 * @description the signal's name
                 * @example approval
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "verdict": "approved",
                 *       "note": "a regular"
                 *     }
                 */
                "application/json": unknown;
            };
        };
        responses: {
            /** @description The signal is kept */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "run": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "signal": "approval",
                     *       "number": 1,
                     *       "status": "waiting"
                     *     }
                     */
                    "application/json": components["schemas"]["SignalReply"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id; The workflow waits for no signal of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request; The run has ended; The run can no longer reach a wait for this signal */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_run: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the customer called"
                 *     }
                 */
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The run, once it obeyed; after 2 s at most */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "workflow": "order",
                     *       "status": "waiting",
                     *       "created_at": "2026-11-27T08:00:00.120418Z",
                     *       "updated_at": "2026-11-27T08:00:00.381205Z",
                     *       "at": [
                     *         "review"
                     *       ],
                     *       "fields": {
                     *         "order.region": "eu/de",
                     *         "customer.type": "vip"
                     *       },
                     *       "problem": null,
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "input": {
                     *         "order": {
                     *           "id": "A-1001",
                     *           "total": 120,
                     *           "currency": "EUR",
                     *           "region": "eu/de"
                     *         },
                     *         "customer": {
                     *           "type": "vip"
                     *         }
                     *       },
                     *       "output": null,
                     *       "path": [
                     *         {
                     *           "path": "stock",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "fraud",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "review",
                     *           "visit": 1
                     *         }
                     *       ],
                     *       "steps": {
                     *         "stock": {
                     *           "reservation_id": "R-77"
                     *         },
                     *         "fraud": {
                     *           "route": "review"
                     *         }
                     *       },
                     *       "waiting_for": [
                     *         {
                     *           "path": "review",
                     *           "kind": "signal",
                     *           "signal": "approval",
                     *           "payload": {
                     *             "type": "object",
                     *             "required": [
                     *               "verdict"
                     *             ],
                     *             "properties": {
                     *               "verdict": {
                     *                 "enum": [
                     *                   "approved",
                     *                   "rejected"
                     *                 ]
                     *               },
                     *               "note": {
                     *                 "type": "string"
                     *               }
                     *             }
                     *           },
                     *           "until": "2026-11-28T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "attempts": [
                     *         {
                     *           "kind": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "started_at": "2026-11-27T08:00:00.140022Z",
                     *           "ended_at": "2026-11-27T08:00:00.381205Z",
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "undone": []
                     *     }
                     */
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request; What stands forbids it; The run has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_run: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the customer called"
                 *     }
                 */
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The run, once it obeyed; after 2 s at most */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "workflow": "order",
                     *       "status": "waiting",
                     *       "created_at": "2026-11-27T08:00:00.120418Z",
                     *       "updated_at": "2026-11-27T08:00:00.381205Z",
                     *       "at": [
                     *         "review"
                     *       ],
                     *       "fields": {
                     *         "order.region": "eu/de",
                     *         "customer.type": "vip"
                     *       },
                     *       "problem": null,
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "input": {
                     *         "order": {
                     *           "id": "A-1001",
                     *           "total": 120,
                     *           "currency": "EUR",
                     *           "region": "eu/de"
                     *         },
                     *         "customer": {
                     *           "type": "vip"
                     *         }
                     *       },
                     *       "output": null,
                     *       "path": [
                     *         {
                     *           "path": "stock",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "fraud",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "review",
                     *           "visit": 1
                     *         }
                     *       ],
                     *       "steps": {
                     *         "stock": {
                     *           "reservation_id": "R-77"
                     *         },
                     *         "fraud": {
                     *           "route": "review"
                     *         }
                     *       },
                     *       "waiting_for": [
                     *         {
                     *           "path": "review",
                     *           "kind": "signal",
                     *           "signal": "approval",
                     *           "payload": {
                     *             "type": "object",
                     *             "required": [
                     *               "verdict"
                     *             ],
                     *             "properties": {
                     *               "verdict": {
                     *                 "enum": [
                     *                   "approved",
                     *                   "rejected"
                     *                 ]
                     *               },
                     *               "note": {
                     *                 "type": "string"
                     *               }
                     *             }
                     *           },
                     *           "until": "2026-11-28T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "attempts": [
                     *         {
                     *           "kind": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "started_at": "2026-11-27T08:00:00.140022Z",
                     *           "ended_at": "2026-11-27T08:00:00.381205Z",
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "undone": []
                     *     }
                     */
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request; What stands forbids it; The run has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_run: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the customer called"
                 *     }
                 */
                "application/json": components["schemas"]["Reason"];
            };
        };
        responses: {
            /** @description The run, once it obeyed; after 2 s at most */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "workflow": "order",
                     *       "status": "waiting",
                     *       "created_at": "2026-11-27T08:00:00.120418Z",
                     *       "updated_at": "2026-11-27T08:00:00.381205Z",
                     *       "at": [
                     *         "review"
                     *       ],
                     *       "fields": {
                     *         "order.region": "eu/de",
                     *         "customer.type": "vip"
                     *       },
                     *       "problem": null,
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "input": {
                     *         "order": {
                     *           "id": "A-1001",
                     *           "total": 120,
                     *           "currency": "EUR",
                     *           "region": "eu/de"
                     *         },
                     *         "customer": {
                     *           "type": "vip"
                     *         }
                     *       },
                     *       "output": null,
                     *       "path": [
                     *         {
                     *           "path": "stock",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "fraud",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "review",
                     *           "visit": 1
                     *         }
                     *       ],
                     *       "steps": {
                     *         "stock": {
                     *           "reservation_id": "R-77"
                     *         },
                     *         "fraud": {
                     *           "route": "review"
                     *         }
                     *       },
                     *       "waiting_for": [
                     *         {
                     *           "path": "review",
                     *           "kind": "signal",
                     *           "signal": "approval",
                     *           "payload": {
                     *             "type": "object",
                     *             "required": [
                     *               "verdict"
                     *             ],
                     *             "properties": {
                     *               "verdict": {
                     *                 "enum": [
                     *                   "approved",
                     *                   "rejected"
                     *                 ]
                     *               },
                     *               "note": {
                     *                 "type": "string"
                     *               }
                     *             }
                     *           },
                     *           "until": "2026-11-28T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "attempts": [
                     *         {
                     *           "kind": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "started_at": "2026-11-27T08:00:00.140022Z",
                     *           "ended_at": "2026-11-27T08:00:00.381205Z",
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "undone": []
                     *     }
                     */
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request; What stands forbids it; The run has ended; The run has passed the point up to which it can be undone */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_run: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "step": "charge",
                 *       "reason": "the gateway is back"
                 *     }
                 */
                "application/json": components["schemas"]["RetryRequest"];
            };
        };
        responses: {
            /** @description The run, once it obeyed; after 2 s at most */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "workflow": "order",
                     *       "status": "waiting",
                     *       "created_at": "2026-11-27T08:00:00.120418Z",
                     *       "updated_at": "2026-11-27T08:00:00.381205Z",
                     *       "at": [
                     *         "review"
                     *       ],
                     *       "fields": {
                     *         "order.region": "eu/de",
                     *         "customer.type": "vip"
                     *       },
                     *       "problem": null,
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "input": {
                     *         "order": {
                     *           "id": "A-1001",
                     *           "total": 120,
                     *           "currency": "EUR",
                     *           "region": "eu/de"
                     *         },
                     *         "customer": {
                     *           "type": "vip"
                     *         }
                     *       },
                     *       "output": null,
                     *       "path": [
                     *         {
                     *           "path": "stock",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "fraud",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "review",
                     *           "visit": 1
                     *         }
                     *       ],
                     *       "steps": {
                     *         "stock": {
                     *           "reservation_id": "R-77"
                     *         },
                     *         "fraud": {
                     *           "route": "review"
                     *         }
                     *       },
                     *       "waiting_for": [
                     *         {
                     *           "path": "review",
                     *           "kind": "signal",
                     *           "signal": "approval",
                     *           "payload": {
                     *             "type": "object",
                     *             "required": [
                     *               "verdict"
                     *             ],
                     *             "properties": {
                     *               "verdict": {
                     *                 "enum": [
                     *                   "approved",
                     *                   "rejected"
                     *                 ]
                     *               },
                     *               "note": {
                     *                 "type": "string"
                     *               }
                     *             }
                     *           },
                     *           "until": "2026-11-28T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "attempts": [
                     *         {
                     *           "kind": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "started_at": "2026-11-27T08:00:00.140022Z",
                     *           "ended_at": "2026-11-27T08:00:00.381205Z",
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "undone": []
                     *     }
                     */
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request; What stands forbids it; The run has ended; The run has nothing to retry; The last attempt may have had its effect */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rerun_run: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "fraud",
                 *       "reason": "the address was corrected"
                 *     }
                 */
                "application/json": components["schemas"]["RerunRequest"];
            };
        };
        responses: {
            /** @description The run, once it obeyed; after 2 s at most */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "workflow": "order",
                     *       "status": "waiting",
                     *       "created_at": "2026-11-27T08:00:00.120418Z",
                     *       "updated_at": "2026-11-27T08:00:00.381205Z",
                     *       "at": [
                     *         "review"
                     *       ],
                     *       "fields": {
                     *         "order.region": "eu/de",
                     *         "customer.type": "vip"
                     *       },
                     *       "problem": null,
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "input": {
                     *         "order": {
                     *           "id": "A-1001",
                     *           "total": 120,
                     *           "currency": "EUR",
                     *           "region": "eu/de"
                     *         },
                     *         "customer": {
                     *           "type": "vip"
                     *         }
                     *       },
                     *       "output": null,
                     *       "path": [
                     *         {
                     *           "path": "stock",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "fraud",
                     *           "visit": 1
                     *         },
                     *         {
                     *           "path": "review",
                     *           "visit": 1
                     *         }
                     *       ],
                     *       "steps": {
                     *         "stock": {
                     *           "reservation_id": "R-77"
                     *         },
                     *         "fraud": {
                     *           "route": "review"
                     *         }
                     *       },
                     *       "waiting_for": [
                     *         {
                     *           "path": "review",
                     *           "kind": "signal",
                     *           "signal": "approval",
                     *           "payload": {
                     *             "type": "object",
                     *             "required": [
                     *               "verdict"
                     *             ],
                     *             "properties": {
                     *               "verdict": {
                     *                 "enum": [
                     *                   "approved",
                     *                   "rejected"
                     *                 ]
                     *               },
                     *               "note": {
                     *                 "type": "string"
                     *               }
                     *             }
                     *           },
                     *           "until": "2026-11-28T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "decisions": [
                     *         {
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z"
                     *         }
                     *       ],
                     *       "attempts": [
                     *         {
                     *           "kind": "call",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "step": "stock.reserve",
                     *           "attempt": 1,
                     *           "started_at": "2026-11-27T08:00:00.140022Z",
                     *           "ended_at": "2026-11-27T08:00:00.381205Z",
                     *           "output": {
                     *             "reservation_id": "R-77"
                     *           }
                     *         }
                     *       ],
                     *       "undone": []
                     *     }
                     */
                    "application/json": components["schemas"]["Run"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request; What stands forbids it; The run has ended; The run has passed the point up to which it can be undone; The last attempt may have had its effect */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_incidents: {
        parameters: {
            query?: {
                /**
                 * @description the workflow's name
                 * @example order
                 */
                workflow?: string;
                /**
                 * @description one of these; may be given several times, or with commas between
                 * @example [
                 *       "incident",
                 *       "parked"
                 *     ]
                 */
                status?: ("queued" | "running" | "waiting" | "parked" | "paused" | "incident" | "undoing" | "completed" | "failed" | "cancelled")[];
                /**
                 * @description of the incident at which they stand still
                 * @example 5be1c04a9d2f7713
                 */
                fingerprint?: string;
                /**
                 * @description begun at this time or later
                 * @example 2026-11-27T00:00:00Z
                 */
                since?: string;
                /**
                 * @description begun before this time
                 * @example 2026-11-28T00:00:00Z
                 */
                until?: string;
                /**
                 * @description indexed fields of the input by their dotted names, with their values
                 * @example {
                 *       "order.region": "eu/de"
                 *     }
                 */
                fields?: {
                    [key: string]: string;
                };
                /**
                 * @description how many on a page
                 * @example 50
                 */
                limit?: number;
                /**
                 * @description `next` of the page before
                 * @example 212.5be1c04a9d2f7713
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of incidents */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "incidents": [
                     *         {
                     *           "fingerprint": "5be1c04a9d2f7713",
                     *           "count": 212,
                     *           "workflow": "order",
                     *           "path": "lines/*\/reserve",
                     *           "class": "internal",
                     *           "code": "internal",
                     *           "message": "KeyError: 'warehouse-7'",
                     *           "first": "2026-11-27T08:00:00.381205Z",
                     *           "last": "2026-11-27T09:12:44.020391Z",
                     *           "example": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *           "undo": false
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["IncidentList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_workflows: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workflows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "workflows": [
                     *         {
                     *           "name": "order",
                     *           "title": "From checkout to the shipping label",
                     *           "file": "workflows/order.yaml",
                     *           "input": {
                     *             "type": "object"
                     *           },
                     *           "signals": [
                     *             "approval"
                     *           ],
                     *           "steps": [
                     *             "stock",
                     *             "fraud",
                     *             "review",
                     *             "charge",
                     *             "ship"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WorkflowList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_workflow: {
        parameters: {
            query?: {
                /**
                 * @description of another ruleset than the active one, or its first digits
                 * @example 9f86d081
                 */
                digest?: string;
            };
            header?: never;
            path: {
                /**
                 * @description the workflow's name
                 * @example order
                 */
                workflow: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The graph */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "workflow": "order",
                     *       "title": "From checkout to the shipping label",
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "file": "workflows/order.yaml",
                     *       "input": {
                     *         "type": "object"
                     *       },
                     *       "signals": [
                     *         "approval"
                     *       ],
                     *       "nodes": [
                     *         {
                     *           "path": "fraud",
                     *           "name": "fraud",
                     *           "kind": "decide",
                     *           "label": "fraud",
                     *           "line": 12,
                     *           "decision": "fraud",
                     *           "parent": null,
                     *           "file": "workflows/order.yaml"
                     *         },
                     *         {
                     *           "path": "review",
                     *           "name": "review",
                     *           "kind": "wait",
                     *           "label": "approval",
                     *           "line": 15,
                     *           "signal": "approval",
                     *           "parent": null,
                     *           "file": "workflows/order.yaml"
                     *         },
                     *         {
                     *           "path": "pickup",
                     *           "name": "pickup",
                     *           "kind": "wait",
                     *           "label": "pickup",
                     *           "line": 31,
                     *           "signal": "pickup",
                     *           "parent": null,
                     *           "file": "workflows/order.yaml"
                     *         }
                     *       ],
                     *       "edges": [
                     *         {
                     *           "id": "fraud:case:1",
                     *           "from": "fraud",
                     *           "to": "review",
                     *           "kind": "case",
                     *           "label": "review",
                     *           "line": 14
                     *         }
                     *       ],
                     *       "truncated": false
                     *     }
                     */
                    "application/json": components["schemas"]["WorkflowGraph"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no workflow of this name; There is no ruleset of this digest */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_graph: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The graph */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "workflow": "order",
                     *       "title": "From checkout to the shipping label",
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "file": "workflows/order.yaml",
                     *       "input": {
                     *         "type": "object"
                     *       },
                     *       "signals": [
                     *         "approval"
                     *       ],
                     *       "run": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "status": "waiting",
                     *       "nodes": [
                     *         {
                     *           "path": "fraud",
                     *           "name": "fraud",
                     *           "kind": "decide",
                     *           "label": "fraud",
                     *           "line": 12,
                     *           "decision": "fraud",
                     *           "parent": null,
                     *           "file": "workflows/order.yaml",
                     *           "state": {
                     *             "status": "done",
                     *             "visits": 1,
                     *             "since": "2026-11-27T08:00:00.120418Z",
                     *             "until": "2026-11-27T08:00:00.381205Z"
                     *           }
                     *         },
                     *         {
                     *           "path": "review",
                     *           "name": "review",
                     *           "kind": "wait",
                     *           "label": "approval",
                     *           "line": 15,
                     *           "signal": "approval",
                     *           "parent": null,
                     *           "file": "workflows/order.yaml",
                     *           "state": {
                     *             "status": "waiting",
                     *             "visits": 1,
                     *             "since": "2026-11-27T08:00:00.381205Z",
                     *             "until": null
                     *           }
                     *         },
                     *         {
                     *           "path": "pickup",
                     *           "name": "pickup",
                     *           "kind": "wait",
                     *           "label": "pickup",
                     *           "line": 31,
                     *           "signal": "pickup",
                     *           "parent": null,
                     *           "file": "workflows/order.yaml",
                     *           "state": {
                     *             "status": "left",
                     *             "visits": 1,
                     *             "since": "2026-11-27T08:00:00.120418Z",
                     *             "until": "2026-11-27T08:00:00.120418Z"
                     *           }
                     *         }
                     *       ],
                     *       "edges": [
                     *         {
                     *           "id": "fraud:case:1",
                     *           "from": "fraud",
                     *           "to": "review",
                     *           "kind": "case",
                     *           "label": "review",
                     *           "line": 14,
                     *           "taken": 1,
                     *           "chosen": {
                     *             "by": "rule",
                     *             "text": "route = review",
                     *             "decision": "fraud",
                     *             "result": {
                     *               "route": "review"
                     *             },
                     *             "rule": "large_order",
                     *             "layer": "region/eu",
                     *             "file": "region/eu/fraud.yaml",
                     *             "line": 3,
                     *             "because": "Large orders are looked at"
                     *           }
                     *         }
                     *       ],
                     *       "truncated": false
                     *     }
                     */
                    "application/json": components["schemas"]["RunGraph"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What stands forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_timeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The timeline */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "run": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "from": "2026-11-27T08:00:00.120418Z",
                     *       "to": null,
                     *       "spans": [
                     *         {
                     *           "id": "stock/1#1",
                     *           "path": "stock",
                     *           "key": "stock/1",
                     *           "kind": "call",
                     *           "label": "stock.reserve",
                     *           "attempt": 1,
                     *           "asked": "2026-11-27T08:00:00.120418Z",
                     *           "from": "2026-11-27T08:00:00.306471Z",
                     *           "to": "2026-11-27T08:00:00.381205Z",
                     *           "outcome": "ok",
                     *           "entries": [
                     *             2
                     *           ]
                     *         }
                     *       ],
                     *       "truncated": false
                     *     }
                     */
                    "application/json": components["schemas"]["RunTimeline"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What stands forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_decisions: {
        parameters: {
            query: {
                /**
                 * @description the path of the step and its visit
                 * @example fraud/1
                 */
                key: string;
            };
            header?: never;
            path: {
                /**
                 * @description the run's id
                 * @example 019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7
                 */
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decisions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "run": "019aa6b5-9d80-7a51-9f1c-2f6a52d3c1e7",
                     *       "decisions": [
                     *         {
                     *           "number": 4,
                     *           "type": "decision",
                     *           "path": "fraud",
                     *           "key": "fraud/1",
                     *           "decision": "fraud",
                     *           "result": {
                     *             "route": "review"
                     *           },
                     *           "matched": [
                     *             {
                     *               "rule": "large_order",
                     *               "layer": "region/eu",
                     *               "file": "region/eu/fraud.yaml",
                     *               "line": 12,
                     *               "because": "Large orders are looked at"
                     *             }
                     *           ],
                     *           "layers": [
                     *             "base",
                     *             "region/eu",
                     *             "region/eu/de",
                     *             "customer/vip"
                     *           ],
                     *           "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *           "at": "2026-11-27T08:00:00.381205Z",
                     *           "facts": {
                     *             "order": {
                     *               "id": "A-1001",
                     *               "total": 120,
                     *               "currency": "EUR",
                     *               "region": "eu/de"
                     *             },
                     *             "customer": {
                     *               "type": "vip"
                     *             }
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["RunDecisions"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no run of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What stands forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_resources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resources */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "resources": [
                     *         {
                     *           "name": "payment",
                     *           "state": "open",
                     *           "since": "2026-11-27T18:00:03.220961Z",
                     *           "problem": {
                     *             "class": "unavailable",
                     *             "code": "unavailable",
                     *             "message": "the gateway answers 503"
                     *           },
                     *           "forced": false,
                     *           "next_probe": "2026-11-27T18:04:41.5Z",
                     *           "limits": {
                     *             "concurrency": 20,
                     *             "rate": 100,
                     *             "drain": 80
                     *           },
                     *           "breaker": {
                     *             "window": 10,
                     *             "calls": 5,
                     *             "failures": 0.5,
                     *             "slow": 5,
                     *             "errors": [
                     *               "unavailable",
                     *               "timeout"
                     *             ],
                     *             "rest": 2,
                     *             "longest_rest": 10
                     *           },
                     *           "window": {
                     *             "calls": 12,
                     *             "failed": 9,
                     *             "slow": 0,
                     *             "by_class": {
                     *               "unavailable": 7,
                     *               "timeout": 2
                     *             },
                     *             "p50": 0.031,
                     *             "p95": 2.004
                     *           },
                     *           "in_flight": 0,
                     *           "waiting": 0,
                     *           "parked": 4180,
                     *           "oldest_parked": "2026-11-27T18:00:03.24002Z",
                     *           "drain_rate": 0,
                     *           "draining": false,
                     *           "expected_end": "2026-11-27T18:05:39.3375Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ResourceList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_resource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the resource's name
                 * @example payment
                 */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "payment",
                     *       "state": "open",
                     *       "since": "2026-11-27T18:00:03.220961Z",
                     *       "problem": {
                     *         "class": "unavailable",
                     *         "code": "unavailable",
                     *         "message": "the gateway answers 503"
                     *       },
                     *       "forced": false,
                     *       "next_probe": "2026-11-27T18:04:41.5Z",
                     *       "limits": {
                     *         "concurrency": 20,
                     *         "rate": 100,
                     *         "drain": 80
                     *       },
                     *       "breaker": {
                     *         "window": 10,
                     *         "calls": 5,
                     *         "failures": 0.5,
                     *         "slow": 5,
                     *         "errors": [
                     *           "unavailable",
                     *           "timeout"
                     *         ],
                     *         "rest": 2,
                     *         "longest_rest": 10
                     *       },
                     *       "window": {
                     *         "calls": 12,
                     *         "failed": 9,
                     *         "slow": 0,
                     *         "by_class": {
                     *           "unavailable": 7,
                     *           "timeout": 2
                     *         },
                     *         "p50": 0.031,
                     *         "p95": 2.004
                     *       },
                     *       "in_flight": 0,
                     *       "waiting": 0,
                     *       "parked": 4180,
                     *       "oldest_parked": "2026-11-27T18:00:03.24002Z",
                     *       "drain_rate": 0,
                     *       "draining": false,
                     *       "expected_end": "2026-11-27T18:05:39.3375Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Resource"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no resource of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    open_resource: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the resource's name
                 * @example payment
                 */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the gateway is moved tonight"
                 *     }
                 */
                "application/json": components["schemas"]["ResourceOrder"];
            };
        };
        responses: {
            /** @description The resource after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "payment",
                     *       "state": "open",
                     *       "since": "2026-11-27T18:00:03.220961Z",
                     *       "problem": {
                     *         "class": "unavailable",
                     *         "code": "unavailable",
                     *         "message": "the gateway answers 503"
                     *       },
                     *       "forced": true,
                     *       "next_probe": null,
                     *       "limits": {
                     *         "concurrency": 20,
                     *         "rate": 100,
                     *         "drain": 80
                     *       },
                     *       "breaker": {
                     *         "window": 10,
                     *         "calls": 5,
                     *         "failures": 0.5,
                     *         "slow": 5,
                     *         "errors": [
                     *           "unavailable",
                     *           "timeout"
                     *         ],
                     *         "rest": 2,
                     *         "longest_rest": 10
                     *       },
                     *       "window": {
                     *         "calls": 12,
                     *         "failed": 9,
                     *         "slow": 0,
                     *         "by_class": {
                     *           "unavailable": 7,
                     *           "timeout": 2
                     *         },
                     *         "p50": 0.031,
                     *         "p95": 2.004
                     *       },
                     *       "in_flight": 0,
                     *       "waiting": 0,
                     *       "parked": 4180,
                     *       "oldest_parked": "2026-11-27T18:00:03.24002Z",
                     *       "drain_rate": 0,
                     *       "draining": false,
                     *       "expected_end": null
                     *     }
                     */
                    "application/json": components["schemas"]["Resource"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no resource of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_resource: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the resource's name
                 * @example payment
                 */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the gateway is back"
                 *     }
                 */
                "application/json": components["schemas"]["ResourceOrder"];
            };
        };
        responses: {
            /** @description The resource after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "payment",
                     *       "state": "closed",
                     *       "since": "2026-11-27T18:04:41.9Z",
                     *       "problem": null,
                     *       "forced": false,
                     *       "next_probe": null,
                     *       "limits": {
                     *         "concurrency": 20,
                     *         "rate": 100,
                     *         "drain": 80
                     *       },
                     *       "breaker": {
                     *         "window": 10,
                     *         "calls": 5,
                     *         "failures": 0.5,
                     *         "slow": 5,
                     *         "errors": [
                     *           "unavailable",
                     *           "timeout"
                     *         ],
                     *         "rest": 2,
                     *         "longest_rest": 10
                     *       },
                     *       "window": {
                     *         "calls": 12,
                     *         "failed": 9,
                     *         "slow": 0,
                     *         "by_class": {
                     *           "unavailable": 7,
                     *           "timeout": 2
                     *         },
                     *         "p50": 0.031,
                     *         "p95": 2.004
                     *       },
                     *       "in_flight": 0,
                     *       "waiting": 0,
                     *       "parked": 4180,
                     *       "oldest_parked": "2026-11-27T18:00:03.24002Z",
                     *       "drain_rate": 4,
                     *       "draining": true,
                     *       "expected_end": "2026-11-27T18:05:39.3375Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Resource"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no resource of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    probe_resource: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description the same key with the same request is the same call, however often it is made
                 * @example checkout-A-1001
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description the resource's name
                 * @example payment
                 */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "they say that it is back"
                 *     }
                 */
                "application/json": components["schemas"]["ResourceOrder"];
            };
        };
        responses: {
            /** @description The resource after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "payment",
                     *       "state": "open",
                     *       "since": "2026-11-27T18:00:03.220961Z",
                     *       "problem": {
                     *         "class": "unavailable",
                     *         "code": "unavailable",
                     *         "message": "the gateway answers 503"
                     *       },
                     *       "forced": false,
                     *       "next_probe": "2026-11-27T18:04:12.031Z",
                     *       "limits": {
                     *         "concurrency": 20,
                     *         "rate": 100,
                     *         "drain": 80
                     *       },
                     *       "breaker": {
                     *         "window": 10,
                     *         "calls": 5,
                     *         "failures": 0.5,
                     *         "slow": 5,
                     *         "errors": [
                     *           "unavailable",
                     *           "timeout"
                     *         ],
                     *         "rest": 2,
                     *         "longest_rest": 10
                     *       },
                     *       "window": {
                     *         "calls": 12,
                     *         "failed": 9,
                     *         "slow": 0,
                     *         "by_class": {
                     *           "unavailable": 7,
                     *           "timeout": 2
                     *         },
                     *         "p50": 0.031,
                     *         "p95": 2.004
                     *       },
                     *       "in_flight": 0,
                     *       "waiting": 0,
                     *       "parked": 4180,
                     *       "oldest_parked": "2026-11-27T18:00:03.24002Z",
                     *       "drain_rate": 0,
                     *       "draining": false,
                     *       "expected_end": "2026-11-27T18:05:39.3375Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Resource"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no resource of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Idempotency-Key was used for another request */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    scale: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The backlog, and the time it takes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "backlog": 4310,
                     *       "running": 130,
                     *       "parked": 4180,
                     *       "drain_rate": 80,
                     *       "seconds": 57.838,
                     *       "value": 57.838
                     *     }
                     */
                    "application/json": components["schemas"]["Scale"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_events: {
        parameters: {
            query?: {
                /**
                 * @description the type
                 * @example payment.declined
                 */
                type?: string;
                /**
                 * @description the source
                 * @example /shop/payments
                 */
                source?: string;
                /**
                 * @description the id
                 * @example p-3
                 */
                id?: string;
                /**
                 * @description one of these; may be given several times, or with commas between
                 * @example [
                 *       "failed"
                 *     ]
                 */
                status?: ("matched" | "waiting" | "failed")[];
                /**
                 * @description a pattern that fails on them, or that they are part of a match of
                 * @example card-testing
                 */
                pattern?: string;
                /**
                 * @description happened at this time or later
                 * @example 2026-11-27T00:00:00Z
                 */
                since?: string;
                /**
                 * @description happened before this time
                 * @example 2026-11-28T00:00:00Z
                 */
                until?: string;
                /**
                 * @description how many on a page
                 * @example 50
                 */
                limit?: number;
                /**
                 * @description `next` of the page before
                 * @example 1795766681500000000.4711
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "number": 4711,
                     *           "source": "/shop/payments",
                     *           "id": "p-3",
                     *           "type": "payment.declined",
                     *           "subject": null,
                     *           "time": "2026-11-27T08:04:41.5Z",
                     *           "received_at": "2026-11-27T08:04:41.620318Z",
                     *           "data": {
                     *             "device_id": "d-77",
                     *             "card": "4111",
                     *             "order_id": "A-1001"
                     *           },
                     *           "extensions": {},
                     *           "status": "failed",
                     *           "problems": [
                     *             {
                     *               "pattern": "card-testing",
                     *               "message": "the worker died at it",
                     *               "attempts": 3,
                     *               "retry_at": "2026-11-27T08:05:12Z"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next": "1795766681500000000.4711"
                     *     }
                     */
                    "application/json": components["schemas"]["EventList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_events: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1.0; in binary mode only
                 * @example 1.0
                 */
                "ce-specversion"?: string;
                /**
                 * @description the event's id; in binary mode only
                 * @example p-3
                 */
                "ce-id"?: string;
                /**
                 * @description where it comes from, percent-encoded; in binary mode only
                 * @example /shop/payments
                 */
                "ce-source"?: string;
                /**
                 * @description its type; in binary mode only
                 * @example payment.declined
                 */
                "ce-type"?: string;
                /**
                 * @description when it happened; in binary mode only
                 * @example 2026-11-27T08:04:41.5Z
                 */
                "ce-time"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "specversion": "1.0",
                 *       "id": "p-3",
                 *       "source": "/shop/payments",
                 *       "type": "payment.declined",
                 *       "time": "2026-11-27T08:04:41.5Z",
                 *       "data": {
                 *         "device_id": "d-77",
                 *         "card": "4111",
                 *         "order_id": "A-1001"
                 *       }
                 *     }
                 */
                "application/cloudevents+json": components["schemas"]["CloudEvent"];
                /**
                 * @example [
                 *       {
                 *         "specversion": "1.0",
                 *         "id": "p-2",
                 *         "source": "/shop/payments",
                 *         "type": "payment.declined",
                 *         "time": "2026-11-27T08:03:10Z",
                 *         "data": {
                 *           "device_id": "d-77",
                 *           "card": "4111",
                 *           "order_id": "A-1001"
                 *         }
                 *       },
                 *       {
                 *         "specversion": "1.0",
                 *         "id": "p-3",
                 *         "source": "/shop/payments",
                 *         "type": "payment.declined",
                 *         "time": "2026-11-27T08:04:41.5Z",
                 *         "data": {
                 *           "device_id": "d-77",
                 *           "card": "4111",
                 *           "order_id": "A-1001"
                 *         }
                 *       }
                 *     ]
                 */
                "application/cloudevents-batch+json": components["schemas"]["CloudEvent"][];
                "application/json": components["schemas"]["CloudEvent"] | components["schemas"]["CloudEvent"][] | Record<string, unknown>;
            };
        };
        responses: {
            /** @description What became of each */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accepted": 1,
                     *       "duplicates": 0,
                     *       "events": [
                     *         {
                     *           "source": "/shop/payments",
                     *           "id": "p-3",
                     *           "status": "accepted"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["EventsTaken"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too much is waiting already */
            429: {
                headers: {
                    /**
                     * @description seconds after which another try makes sense
                     * @example 5
                     */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_events: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Retried"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_matches: {
        parameters: {
            query?: {
                /**
                 * @description the pattern's name
                 * @example card-testing
                 */
                pattern?: string;
                /**
                 * @description the value that its events share
                 * @example d-77
                 */
                key?: string;
                /**
                 * @description one of these; may be given several times, or with commas between
                 * @example [
                 *       "done"
                 *     ]
                 */
                status?: ("waiting" | "pending" | "done" | "failed" | "throttled" | "refuted")[];
                /**
                 * @description found at this time or later
                 * @example 2026-11-27T00:00:00Z
                 */
                since?: string;
                /**
                 * @description found before this time
                 * @example 2026-11-28T00:00:00Z
                 */
                until?: string;
                /**
                 * @description how many on a page
                 * @example 50
                 */
                limit?: number;
                /**
                 * @description `next` of the page before
                 * @example 1795766681500000000.4711
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of matches */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "matches": [
                     *         {
                     *           "id": "c9f0f895fb98ab9159f51fd0297e236d",
                     *           "pattern": "card-testing",
                     *           "key": "d-77",
                     *           "status": "done",
                     *           "found_at": "2026-11-27T08:04:41.66Z",
                     *           "due": null,
                     *           "events": [
                     *             {
                     *               "alias": "first",
                     *               "source": "/shop/payments",
                     *               "id": "p-1",
                     *               "type": "payment.declined",
                     *               "time": "2026-11-27T08:00:00Z"
                     *             },
                     *             {
                     *               "alias": "second",
                     *               "source": "/shop/payments",
                     *               "id": "p-2",
                     *               "type": "payment.declined",
                     *               "time": "2026-11-27T08:03:10Z"
                     *             },
                     *             {
                     *               "alias": "third",
                     *               "source": "/shop/payments",
                     *               "id": "p-3",
                     *               "type": "payment.declined",
                     *               "time": "2026-11-27T08:04:41.5Z"
                     *             }
                     *           ],
                     *           "problem": null
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["MatchList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_match: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the match's id
                 * @example c9f0f895fb98ab9159f51fd0297e236d
                 */
                match: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The match */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "c9f0f895fb98ab9159f51fd0297e236d",
                     *       "pattern": "card-testing",
                     *       "key": "d-77",
                     *       "status": "done",
                     *       "found_at": "2026-11-27T08:04:41.66Z",
                     *       "due": null,
                     *       "events": [
                     *         {
                     *           "alias": "first",
                     *           "source": "/shop/payments",
                     *           "id": "p-1",
                     *           "type": "payment.declined",
                     *           "time": "2026-11-27T08:00:00Z"
                     *         },
                     *         {
                     *           "alias": "second",
                     *           "source": "/shop/payments",
                     *           "id": "p-2",
                     *           "type": "payment.declined",
                     *           "time": "2026-11-27T08:03:10Z"
                     *         },
                     *         {
                     *           "alias": "third",
                     *           "source": "/shop/payments",
                     *           "id": "p-3",
                     *           "type": "payment.declined",
                     *           "time": "2026-11-27T08:04:41.5Z"
                     *         }
                     *       ],
                     *       "problem": null
                     *     }
                     */
                    "application/json": components["schemas"]["EventMatch"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no match of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_patterns: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The patterns */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "engine": "ready",
                     *       "patterns": [
                     *         {
                     *           "name": "card-testing",
                     *           "title": "Several cards from one device",
                     *           "by": "device_id",
                     *           "within": "600s",
                     *           "types": [
                     *             "payment.declined"
                     *           ],
                     *           "then": {
                     *             "fact": "device.card_testing",
                     *             "where": [
                     *               "payment.device_id"
                     *             ],
                     *             "for": "86400s"
                     *           },
                     *           "because": "Three cards from one device within ten minutes",
                     *           "file": "patterns/card-testing.yaml",
                     *           "line": 1,
                     *           "failing": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PatternList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_pattern: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the pattern's name
                 * @example card-testing
                 */
                pattern: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "count": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Retried"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no pattern of this name */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No ruleset is active; This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    step_stats: {
        parameters: {
            query?: {
                /**
                 * @description how far back, from 10s to 7d; of hours beyond 2h
                 * @example 5m
                 */
                window?: string;
                /** @description with points over the window */
                series?: boolean;
                /**
                 * @description only this step
                 * @example charge
                 */
                step?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The steps and resources */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-11-27T18:00:14.220961Z",
                     *       "window": 300,
                     *       "bottleneck": {
                     *         "step": "charge",
                     *         "state": "slow",
                     *         "text": "charge: p95 4.1 s against 0.6 s, 212 runs waiting"
                     *       },
                     *       "steps": [
                     *         {
                     *           "step": "charge",
                     *           "resource": "payment",
                     *           "calls": 1460,
                     *           "per_second": 4.87,
                     *           "errors": 12,
                     *           "error_rate": 0.008219,
                     *           "by_class": {
                     *             "timeout": 3,
                     *             "unavailable": 9
                     *           },
                     *           "run": {
                     *             "p50": 2.104,
                     *             "p95": 4.1,
                     *             "p99": 4.9
                     *           },
                     *           "queue": {
                     *             "p50": 0.804,
                     *             "p95": 2.1,
                     *             "p99": 2.5
                     *           },
                     *           "in_flight": 20,
                     *           "oldest_call": 4.312,
                     *           "waiting": 212,
                     *           "parked": 0,
                     *           "usual": {
                     *             "source": "hour-of-week",
                     *             "calls": 48210,
                     *             "error_rate": 0.0041,
                     *             "run": {
                     *               "p50": 0.31,
                     *               "p95": 0.6,
                     *               "p99": 0.9
                     *             },
                     *             "queue": {
                     *               "p50": 0,
                     *               "p95": 0.001,
                     *               "p99": 0.012
                     *             }
                     *           },
                     *           "verdict": {
                     *             "state": "slow",
                     *             "text": "charge: p95 4.1 s against 0.6 s, 212 runs waiting"
                     *           },
                     *           "series": [
                     *             {
                     *               "at": "2026-11-27T18:00:00Z",
                     *               "calls": 49,
                     *               "errors": 0,
                     *               "run_p95": 4.1,
                     *               "queue_p95": 2.1
                     *             },
                     *             {
                     *               "at": "2026-11-27T18:00:10Z",
                     *               "calls": 0,
                     *               "errors": 0,
                     *               "run_p95": null,
                     *               "queue_p95": null
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "resources": [
                     *         {
                     *           "resource": "payment",
                     *           "calls": 1460,
                     *           "per_second": 4.87,
                     *           "errors": 12,
                     *           "error_rate": 0.008219,
                     *           "by_class": {
                     *             "timeout": 3,
                     *             "unavailable": 9
                     *           },
                     *           "run": {
                     *             "p50": 2.104,
                     *             "p95": 4.1,
                     *             "p99": 4.9
                     *           },
                     *           "queue": {
                     *             "p50": 0.804,
                     *             "p95": 2.1,
                     *             "p99": 2.5
                     *           },
                     *           "in_flight": 20,
                     *           "oldest_call": 4.312,
                     *           "waiting": 212,
                     *           "parked": 0,
                     *           "usual": {
                     *             "source": "hour-of-week",
                     *             "calls": 48210,
                     *             "error_rate": 0.0041,
                     *             "run": {
                     *               "p50": 0.31,
                     *               "p95": 0.6,
                     *               "p99": 0.9
                     *             },
                     *             "queue": {
                     *               "p50": 0,
                     *               "p95": 0.001,
                     *               "p99": 0.012
                     *             }
                     *           },
                     *           "verdict": {
                     *             "state": "slow",
                     *             "text": "payment: p95 4.1 s against 0.6 s, 212 runs waiting"
                     *           },
                     *           "series": [
                     *             {
                     *               "at": "2026-11-27T18:00:00Z",
                     *               "calls": 49,
                     *               "errors": 0,
                     *               "run_p95": 4.1,
                     *               "queue_p95": 2.1
                     *             },
                     *             {
                     *               "at": "2026-11-27T18:00:10Z",
                     *               "calls": 0,
                     *               "errors": 0,
                     *               "run_p95": null,
                     *               "queue_p95": null
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["StepStats"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_alerts: {
        parameters: {
            query?: {
                /** @description which */
                status?: "open" | "closed" | "all";
                /** @description how many */
                limit?: number;
                /** @description `next` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of alerts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "alerts": [
                     *         {
                     *           "id": "5be1c04a9d2f77135be1c04a9d2f7713",
                     *           "alert": "slow-step",
                     *           "title": "A step is slow",
                     *           "severity": "warning",
                     *           "of": "step",
                     *           "subject": "charge",
                     *           "status": "open",
                     *           "text": "charge: p95 4.1 s against 0.6 s, 212 runs waiting",
                     *           "because": "verdict == \"slow\", for 20 s",
                     *           "opened_at": "2026-11-27T18:00:25.220961Z",
                     *           "closed_at": null,
                     *           "webhook": "sent",
                     *           "values": {
                     *             "step": "charge",
                     *             "resource": "payment",
                     *             "calls": 840,
                     *             "verdict": "slow",
                     *             "waiting": 212
                     *           },
                     *           "acknowledged": null
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["AlertList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_alert_rules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rules of alerts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "rules": [
                     *         {
                     *           "alert": "slow-step",
                     *           "title": "A step is slow",
                     *           "of": "step",
                     *           "severity": "warning",
                     *           "when": "verdict == \"slow\"",
                     *           "clear": null,
                     *           "for": 20,
                     *           "clear_for": 60,
                     *           "file": "defaults.yaml",
                     *           "line": 4,
                     *           "source": "shipped",
                     *           "enabled": true,
                     *           "problem": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["AlertRuleList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acknowledge_alert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description the alert's id
                 * @example 5be1c04a9d2f77135be1c04a9d2f7713
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "note": "the gateway is being moved"
                 *     }
                 */
                "application/json": components["schemas"]["AlertNote"];
            };
        };
        responses: {
            /** @description The alert */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "5be1c04a9d2f77135be1c04a9d2f7713",
                     *       "alert": "slow-step",
                     *       "title": "A step is slow",
                     *       "severity": "warning",
                     *       "of": "step",
                     *       "subject": "charge",
                     *       "status": "open",
                     *       "text": "charge: p95 4.1 s against 0.6 s, 212 runs waiting",
                     *       "because": "verdict == \"slow\", for 20 s",
                     *       "opened_at": "2026-11-27T18:00:25.220961Z",
                     *       "closed_at": null,
                     *       "webhook": "sent",
                     *       "values": {
                     *         "step": "charge",
                     *         "resource": "payment",
                     *         "calls": 840,
                     *         "verdict": "slow",
                     *         "waiting": 212
                     *       },
                     *       "acknowledged": {
                     *         "by": "ops",
                     *         "at": "2026-11-27T18:02:00.5Z",
                     *         "note": "the gateway is being moved"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Alert"];
                };
            };
            /** @description The body is not JSON that can be read exactly */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service; A page of another site made this call */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no alert of this id */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is larger than the limit */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request does not have the right shape */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This service only decides; The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: hello
                     *     data: {"type":"hello","ruleset":{"digest":"9f2c…",…},"runs":{"counts":{"running":12,"completed":4310},"changed":null},"resources":{"resources":[{"name":"payment","state":"closed","parked":0}]},"alerts":{"open":0,"worst":null}}
                     *
                     *     event: runs
                     *     data: {"type":"runs","counts":{"running":11,"completed":4311},"changed":["018f6b2e-5d1c-7c3a-9d0e-2f1a4b6c8d90"]}
                     *
                     *     : still here
                     */
                    "text/event-stream": string;
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_plugins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The plugins */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plugins": [
                     *         {
                     *           "name": "stock",
                     *           "distribution": "rulesflow-stock",
                     *           "version": "0.1.0",
                     *           "hooks": [
                     *             "register_steps"
                     *           ],
                     *           "steps": [
                     *             "stock.reserve",
                     *             "stock.release"
                     *           ],
                     *           "functions": []
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PluginList"];
                };
            };
            /** @description The call needs a valid API key */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The caller may not do this; The Host header names no host of this service */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The service failed */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
