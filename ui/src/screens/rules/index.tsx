import { Page } from "@/parts/Page";
import { Skeleton } from "@/parts/States";

export default function Rules() {
  return (
    <Page title="Rules">
      <Skeleton />
    </Page>
  );
}
