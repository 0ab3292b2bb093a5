import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { describeInterruption } from "../../../relay/observe/describe-interruption.ts";
import type { Ending } from "../../../relay/reflector/ending.ts";
import { plannedWatch } from "../../support/relay/followed-watch.ts";

const WATCH = plannedWatch();
const IN_SHOP = plannedWatch({ namespace: "shop" });

function answered(status: number, body: unknown = { message: "no\n  way" }): Ending {
  return { type: "answered", verb: "list", status, body };
}

describe("an answer of the API server", () => {
  it("is quoted in one line, with verb, resource and status", () => {
    expect(describeInterruption(WATCH, answered(500))).toBe(
      "list configmaps: the API server answered 500: no way",
    );
    expect(describeInterruption(WATCH, answered(502, null))).toBe(
      "list configmaps: the API server answered 502",
    );
  });

  it("that forbids it names the missing rule, and where it belongs", () => {
    const rule = '{apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch"]}';
    expect(describeInterruption(WATCH, answered(403))).toContain(
      `(add ${rule} to the relay's ClusterRole)`,
    );
    expect(describeInterruption(IN_SHOP, answered(403))).toContain(
      `(add ${rule} to the relay's Role in namespace shop)`,
    );
  });

  it("that forbids to get an object names the right to get it", () => {
    const ending: Ending = { type: "answered", verb: "get", status: 403, body: {} };
    expect(describeInterruption(WATCH, ending)).toContain(
      '(add {apiGroups: [""], resources: ["configmaps"], verbs: ["get"]} to the relay\'s ClusterRole)',
    );
  });

  it("that does not know the resource says that it may come", () => {
    expect(describeInterruption(WATCH, answered(404))).toMatch(/404: no way \(.+retried\)$/u);
  });
});

const unreachable = new KubemendError("Unreachable", "connection refused", { retryable: true });

it.each<readonly [Ending, string]>([
  [{ type: "unreachable", error: unreachable }, "connection refused"],
  [{ type: "silent" }, "neither event nor bookmark"],
  [{ type: "noEndBookmark" }, "falling back to LIST and WATCH"],
  [{ type: "unreadable", reason: "no JSON" }, "received no JSON"],
  [{ type: "rolledBack", current: "5", seen: "9" }, "resourceVersion is 5, but 9 was seen"],
  [{ type: "unordered" }, "a snapshot is taken instead of resuming"],
  [{ type: "closed" }, "the watch of configmaps ended"],
  [{ type: "stopped" }, "the watch of configmaps ended"],
])("describes %j", (ending, words) => {
  expect(describeInterruption(WATCH, ending)).toContain(words);
});
