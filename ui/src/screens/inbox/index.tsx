import { Page } from "@/parts/Page";
import { Skeleton } from "@/parts/States";

export default function Inbox() {
  return (
    <Page title="Inbox">
      <Skeleton />
    </Page>
  );
}
