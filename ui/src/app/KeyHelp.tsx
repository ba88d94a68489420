import { Dialog } from "@/parts/Dialog";
import { activeShortcuts } from "./shortcuts";

/** Every key that does something on the screen of now. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div className="inside">
        <dl className="pairs">
          {activeShortcuts().map(({ keys, does }) => (
            <div key={keys} style={{ display: "contents" }}>
              <dt>
                {keys.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
