import { Page } from "@/parts/Page";
import { Skeleton } from "@/parts/States";

export default function Decide() {
  return (
    <Page title="Decide">
      <Skeleton />
    </Page>
  );
}
