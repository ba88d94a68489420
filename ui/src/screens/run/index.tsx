import { Page } from "@/parts/Page";
import { Skeleton } from "@/parts/States";

export default function Run({ run }: { run: string }) {
  return (
    <Page title={`Run ${run}`}>
      <Skeleton />
    </Page>
  );
}
