import { MutationCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Refusal } from "./api/problem";
import { preload } from "./app/screens";
import { Shell } from "./app/Shell";
import { applyTheme } from "./app/theme";
import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/shell.css";

applyTheme();

/** A caller's mistake stays one; what may be mended by waiting is tried again. */
function worthRetrying(failures: number, error: unknown): boolean {
  const status = error instanceof Refusal ? error.problem.status : 500;
  return failures < 2 && (status === 0 || status === 503 || status === 429);
}

const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 2_000, retry: worthRetrying, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
  mutationCache: new MutationCache({ onSuccess: () => void queries.invalidateQueries() }),
});

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
const drawn = createRoot(root);
void preload(window.location.pathname).then(() =>
  drawn.render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Shell />
      </QueryClientProvider>
    </StrictMode>,
  ),
);
