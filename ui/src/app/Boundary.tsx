import { Component, type ReactNode } from "react";
import { Page } from "@/parts/Page";
import { ProblemView } from "@/parts/Problem";

interface State {
  error: unknown;
}

/** Keeps a defect of one screen from taking the whole page with it. */
export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Page title="This screen cannot be shown">
        <ProblemView error={this.state.error} onRetry={() => window.location.reload()} />
      </Page>
    );
  }
}
