import { describe, expect, it } from "vitest";
import { isUnseenEvent } from "../../../core/operations/event-reporters.ts";

const HEAD = { apiVersion: "v1", kind: "Event", metadata: { name: "a", uid: "u" } };
const OUTCOME = { ...HEAD, reportingComponent: "kubemend.dev/remediate" };
const OF_RULE = { ...HEAD, reportingComponent: "kubemend.dev/emit-event" };
const ASKED = "reportingComponent=kubemend.dev/emit-event";

describe("Kubemend's own Events", () => {
  it("are recognized by their reporter, in v1 and in events.k8s.io", () => {
    expect(isUnseenEvent(OUTCOME)).toBe(true);
    expect(isUnseenEvent({ ...HEAD, reportingController: "kubemend.dev/emit-event" })).toBe(true);
    expect(isUnseenEvent({ ...OUTCOME, kind: "Job" })).toBe(false);
    expect(isUnseenEvent({ ...OUTCOME, reportingController: "kubelet" })).toBe(false);
  });

  it.each([ASKED, `type=Warning, ${ASKED}`, "reportingController==kubemend.dev/emit-event"])(
    "of emitEvent are seen by a rule with the field selector %s, and those about the end of a record by none",
    (selector) => {
      expect(isUnseenEvent(OF_RULE, selector)).toBe(false);
      expect(isUnseenEvent(OUTCOME, selector)).toBe(true);
    },
  );

  it.each(["type=Warning", "reportingComponent!=kubemend.dev/emit-event", `${ASKED}s`])(
    "are not seen by one with %s",
    (selector) => {
      expect(isUnseenEvent(OF_RULE, selector)).toBe(true);
    },
  );
});
