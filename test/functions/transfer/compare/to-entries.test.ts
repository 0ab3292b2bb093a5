import { expect, it } from "vitest";
import type { TransferMessage } from "../../../../events/transfer.ts";
import { toTransferMessage } from "../../../../core/mirror/to-transfer-message.ts";
import { toAsked, toNext, type Sender } from "../../../../functions/transfer/compare/to-entries.ts";

const STARTED = "2026-01-01T00:00:00.000Z";
const NOW_MS = Date.parse(STARTED);
const TYPE = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };

function toSender(uid: string): Sender {
  const cluster = { name: "prod", uid };
  const message: TransferMessage = toTransferMessage({
    id: "id",
    subject: "/m/backup",
    time: STARTED,
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    data: {
      cluster,
      target: { name: "backup" },
      rule: { id: "m", digest: "d" },
      pipeline: "p",
      reason: "compare",
      compare: { started: STARTED },
    },
  });
  return { message, mirror: { cluster, rule: "m", target: "backup" } };
}

it.each([
  [
    "asks for an object",
    (uid: string) => {
      const place = { namespace: "shop", name: "web" };
      return toAsked(toSender(uid), TYPE, { place, uid: "u", resourceVersion: "7" }, NOW_MS);
    },
  ],
  [
    "continues the comparison",
    (uid: string) => toNext({ ...toSender(uid), started: STARTED }, 1, NOW_MS),
  ],
])("a message that %s collides with none of another source", (_what, send) => {
  const [one, other] = [send("a"), send("b")];
  expect(one.groupId).not.toBe(other.groupId);
  expect(one.deduplicationId).not.toBe(other.deduplicationId);
  expect(one).toEqual(send("a"));
});
