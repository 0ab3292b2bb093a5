import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { emitEvent } from "../../../core/actions/emitEvent/emit-event.ts";
import { writeOperationsSchema } from "../../../core/operations/operation-schema.ts";
import type { EventOperation } from "../../../core/operations/operation.ts";
import { toDeployment, toNode } from "./action-scenes.ts";
import { runAction, type Scene } from "./run-action.ts";

type Json = Readonly<Record<string, unknown>>;

const PLAIN = { reason: "Checked", message: "it is well" };

function emit(parameters: Json, scene: Scene = toDeployment()) {
  return runAction("emitEvent", v.parse(emitEvent.schema, parameters), scene).answer;
}

function toEvent(parameters: Json, scene?: Scene): EventOperation {
  const answer = emit(parameters, scene);
  const [operation] = answer.outcome === "operations" ? answer.operations : [];
  if (operation?.type !== "event") throw new Error(JSON.stringify(answer));
  return operation;
}

describe("emitEvent", () => {
  it("plans an Event about the object, under a name that follows from what it says", () => {
    const event = toEvent(PLAIN);
    expect(event).toMatchObject({
      target: { group: "events.k8s.io", resource: "events", namespace: "data" },
      regarding: { kind: "Deployment", name: "the-deployment", uid: "Deployment-uid" },
      eventType: "Warning",
      reason: "Checked",
      note: "it is well",
      annotations: { "kubemend.dev/depth": "1" },
    });
    expect(event.target.name).toMatch(/^the-deployment\.[0-9a-f]{20}$/);
    const other = (more: Json) => toEvent({ ...PLAIN, ...more }).target.name;
    const names = [{}, { type: "Normal" }, { reason: "Other" }, { message: "it is ill" }].map(
      other,
    );
    expect(names[0]).toBe(event.target.name);
    expect(new Set(names).size).toBe(4);
    const stored: unknown = JSON.parse(JSON.stringify([event]));
    expect(v.parse(writeOperationsSchema, stored)).toEqual([event]);
  });

  it("takes its texts from the object, and puts an Event of a Node into default", () => {
    const scene = { ...toNode(), values: { r: "Full", m: "disk" } };
    const event = toEvent({ reason: { cel: "r" }, message: { cel: "m" } }, scene);
    expect(event).toMatchObject({ reason: "Full", note: "disk", target: { namespace: "default" } });
  });

  it("is about an object that is being deleted, too", () => {
    const leaving = toDeployment({}, { deletionTimestamp: "2026-03-01T10:00:00Z" });
    expect(toEvent(PLAIN, leaving).reason).toBe("Checked");
  });

  it.each(["a", "漢", "😀"])(
    "of a long message of %s keeps 1024 bytes, as the API server counts",
    (one) => {
      const { note } = toEvent({ ...PLAIN, message: one.repeat(2000) });
      const bytes = Buffer.byteLength(note);
      expect([bytes <= 1024, bytes > 1010, note.includes("\ufffd")]).toEqual([true, true, false]);
    },
  );

  it.each<readonly [string, Json, Json, string]>([
    ["a message that is no text", { message: { cel: "m" } }, { m: 3 }, "NoText"],
    ["a reason of two words", { reason: { cel: "m" } }, { m: "two words" }, "NoReason"],
    ["a reason that is too long", { reason: { cel: "m" } }, { m: "x".repeat(129) }, "NoReason"],
    ["an empty reason", { reason: { cel: "m" } }, { m: "" }, "NoReason"],
  ])("is refused with %s", (_what, parameters, values, code) => {
    expect(emit({ ...PLAIN, ...parameters }, { ...toDeployment(), values })).toMatchObject({
      code,
    });
  });

  it.each<Json>([
    {},
    { reason: "Checked" },
    { ...PLAIN, reason: "two words" },
    { ...PLAIN, type: "Error" },
  ])("does not take %j for parameters", (parameters) => {
    expect(v.safeParse(emitEvent.schema, parameters).success).toBe(false);
  });
});
