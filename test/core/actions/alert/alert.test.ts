import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { parseAlertMessage } from "../../../../events/alert.ts";
import { alert } from "../../../../core/actions/alert/alert.ts";
import { toStepAlert } from "../../../../core/actions/alert/alert-message.ts";
import { evaluateText } from "../../../../core/actions/alert/evaluate-text.ts";
import { toRecord } from "../../records/record.ts";
import { NOW, toState } from "../state.ts";

const BINDINGS = {
  object: { metadata: { name: "a" }, n: 3 },
  cluster: { name: "c", uid: "u" },
  now: NOW,
};

describe("alert", () => {
  it("is one operation with its summary evaluated", () => {
    expect(alert.next(toState({ to: "team", summary: "'x'" }))).toEqual({
      outcome: "operations",
      operations: [{ type: "alert", name: "alert", to: "team", summary: "text of 'x'" }],
    });
  });

  it("needs no rights, and is not an action that remediates", () => {
    const { trigger } = toState({ to: "team", summary: "'x'" });
    expect(alert.permissions({ to: "team", summary: "'x'" }, trigger)).toEqual([]);
    expect(alert.remediates).toBe(false);
    expect(v.safeParse(alert.schema, { to: "", summary: "'x'" }).success).toBe(false);
  });

  it.each([
    ["'failed: ' + object.metadata.name", "failed: a"],
    ["object.n", "3"],
    ["object.status.phase", "(the summary reads object.status"],
    ["object.metadata.name + 1", "(the summary cannot be evaluated"],
    ["'unclosed", "(the summary is not valid CEL"],
  ])("gives %s as text", (expression, text) => {
    expect(evaluateText(expression, BINDINGS)).toContain(text);
  });

  it("is a message that its reader accepts, with the same id however often it is sent", () => {
    const input = {
      operation: { type: "alert", name: "alert-2", to: "team", summary: "it failed" },
      record: toRecord(),
      subject: "/api/v1/namespaces/a/pods/b",
      problem: { code: "Invalid", message: "metadata.name: too long" },
    } as const;
    const first = toStepAlert({ ...input, now: NOW });
    const second = toStepAlert({ ...input, now: "2026-03-01T10:05:00.000Z" });
    const parsed = parseAlertMessage(JSON.stringify(first));
    expect(parsed).toEqual({ outcome: "parsed", value: first });
    expect(first.data.alertId).toBe(`${toRecord().metadata.name}/alert-2`);
    expect(second.id).toBe(first.id);
    expect(first.data.problem).toEqual(input.problem);
    expect(toStepAlert({ ...input, now: NOW, problem: undefined }).data).not.toHaveProperty(
      "problem",
    );
  });

  it.each([
    ["batch", "batch/v1"],
    ["", "v1"],
  ])("names the trigger of group %j by its apiVersion", (group, apiVersion) => {
    const record = toRecord();
    const trigger = { ...record.spec.trigger, group };
    const { data } = toStepAlert({
      operation: { type: "alert", name: "alert", to: "team", summary: "it failed" },
      record: { ...record, spec: { ...record.spec, trigger } },
      subject: "/apis/batch/v1/namespaces/data/jobs/backup-1",
      now: NOW,
    });
    const { kind, namespace, name, uid } = trigger;
    expect(data.trigger).toEqual({ apiVersion, kind, namespace, name, uid });
  });
});
