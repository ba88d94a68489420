// Server-sent events by fetch, since EventSource cannot send Authorization.
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { askForKey, authorization } from "@/api/key";

/** `again`: it was there, and is tried again. `refused`: there is no such stream, or no leave to read it. */
export type StreamState = "connecting" | "live" | "again" | "refused" | "ended";

interface Heard {
  onEvent: (name: string, data: unknown, id: string) => void;
  onState: (state: StreamState, status: number) => void;
}

const FIRST = 500; // milliseconds until the first attempt to come back
const LONGEST = 15_000;
const SILENCE = 40_000; // the service says each 15 s that it lives

/** Follow a stream until told to stop. It comes back by itself, after the last event that it saw. */
export function follow(path: string, heard: Heard): () => void {
  const stop = new AbortController();
  void keepFollowing(path, heard, stop.signal);
  return () => stop.abort();
}

async function keepFollowing(path: string, heard: Heard, stop: AbortSignal): Promise<void> {
  const place = { last: "", wait: FIRST };
  heard.onState("connecting", 0);
  while (!stop.aborted) {
    const status = await followOnce(path, heard, stop, place);
    if (stop.aborted) return;
    if (status === 401) askForKey();
    const refused = status >= 400 && status < 500;
    heard.onState(refused ? "refused" : "again", status);
    if (refused && status !== 429) return;
    await pause(place.wait * (0.75 + Math.random() / 2), stop);
    place.wait = Math.min(place.wait * 2, LONGEST);
  }
}

/** Read until the stream breaks; the status of the reply, 0 where there was none. */
async function followOnce(
  path: string,
  heard: Heard,
  stop: AbortSignal,
  place: { last: string; wait: number },
): Promise<number> {
  const quiet = new AbortController();
  const parser = createParser({
    onEvent: (event: EventSourceMessage) => {
      if (event.id !== undefined) place.last = event.id;
      heard.onEvent(event.event ?? "message", read(event.data), event.id ?? "");
    },
  });
  let timer = setTimeout(() => quiet.abort(), SILENCE);
  try {
    const response = await fetch(path, {
      headers: {
        Accept: "text/event-stream",
        ...authorization(),
        ...(place.last === "" ? {} : { "Last-Event-ID": place.last }),
      },
      signal: AbortSignal.any([stop, quiet.signal]),
    });
    if (!response.ok || response.body === null) return response.status;
    heard.onState("live", response.status);
    place.wait = FIRST;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return response.status;
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), SILENCE);
      parser.feed(value);
    }
  } catch {
    return 0;
  } finally {
    clearTimeout(timer);
  }
}

function read(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
