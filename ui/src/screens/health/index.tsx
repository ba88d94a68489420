import { Page } from "@/parts/Page";
import { Skeleton } from "@/parts/States";

export default function Health() {
  return (
    <Page title="Health">
      <Skeleton />
    </Page>
  );
}
