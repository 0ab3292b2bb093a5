import { expect, it } from "vitest";
import { createRenderer } from "../../../../relay/delivery/render-message.ts";
import { plannedWatch } from "../../../support/relay/followed-watch.ts";
import { change } from "../../../support/relay/relay.ts";
import { configMap } from "../../../support/relay/change.ts";

it("an object that cannot be redacted or written becomes a message with its identity and the reason", () => {
  const watch = plannedWatch();
  const renderer = createRenderer([watch], () => 3);
  const object = configMap("a", "7", {
    data: {
      get k(): string {
        throw new RangeError("Maximum call stack size exceeded");
      },
    },
  });
  const { body } = renderer.render({ ...change("a", "added", "7"), watch: watch.key, object });
  expect(JSON.parse(body).data).toMatchObject({
    truncated: true,
    reason: "the object cannot be written: Maximum call stack size exceeded",
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", uid: "uid-a" } },
    epoch: 3,
  });
});
