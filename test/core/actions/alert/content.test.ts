import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { alertSchema } from "../../../../core/actions/alert/alert-parameters.ts";
import { evaluateText } from "../../../../core/actions/alert/evaluate-text.ts";
import { toContent } from "../../../../core/actions/alert/to-content.ts";
import { toStepAlert } from "../../../../core/actions/alert/alert-message.ts";
import { parseAlertMessage } from "../../../../events/alert.ts";
import { toRecord } from "../../records/record.ts";
import { NOW } from "../state.ts";

const BINDINGS = {
  object: { metadata: { name: "backup-1", labels: { team: "data" } }, spec: { nodeName: "n-3" } },
  cluster: { name: "c", uid: "u" },
  now: NOW,
};

const parse = (written: object) => v.parse(alertSchema, { to: "ops", summary: "'x'", ...written });

function contentOf(written: object) {
  const { to: _to, summary: _summary, ...content } = parse(written);
  return toContent(content, (cel, what) => evaluateText(cel, BINDINGS, what));
}

describe("the content of an alert", () => {
  it("is evaluated on the object: title and fields are CEL, the others text or { cel }", () => {
    expect(
      contentOf({
        title: "'Backup ' + object.metadata.name",
        severity: "critical",
        labels: { area: "backup", team: { cel: "object.metadata.labels.team" } },
        runbook: { cel: "'https://runbooks.example.com/' + object.metadata.labels.team" },
        fields: { Node: "object.spec.nodeName" },
      }),
    ).toEqual({
      title: "Backup backup-1",
      severity: "critical",
      labels: { area: "backup", team: "data" },
      runbook: "https://runbooks.example.com/data",
      fields: [{ name: "Node", value: "n-3" }],
    });
  });

  it("marks a severity that the object says, and keeps it from being below the one that the rule allows", () => {
    const low = { cel: "object.metadata.name == 'backup-1' ? 'info' : 'error'" };
    expect(contentOf({ severity: low })).toEqual({ severity: "info", severityFrom: "object" });
    expect(contentOf({ severity: low, severityAtLeast: "info" })).toEqual({ severity: "info" });
    expect(contentOf({ severity: low, severityAtLeast: "error" })).toEqual({ severity: "error" });
    const high = { cel: "'critical'" };
    expect(contentOf({ severity: high, severityAtLeast: "info" })).toEqual({
      severity: "critical",
    });
  });

  it("is empty if the rule says nothing", () => {
    expect(contentOf({})).toEqual({});
  });

  it("says in its place what cannot be evaluated, and everything else is kept", () => {
    const content = contentOf({ fields: { A: "object.status.phase", B: "'b'" } });
    expect(content.fields).toEqual([
      { name: "A", value: expect.stringContaining("(the field A reads object.status") as string },
      { name: "B", value: "b" },
    ]);
  });

  it.each([
    ["severity", { severity: { cel: "'fatal'" } }, "fatal"],
    ["runbook", { runbook: { cel: "'javascript:alert(1)'" } }, "javascript:alert(1)"],
    ["runbook", { runbook: { cel: "'https://a.example/ <!here>'" } }, "https://a.example/ <!here>"],
  ])(
    "shows a %s that is none as a field, so that the alert is sent all the same",
    (name, written, value) => {
      expect(contentOf(written)).toEqual({ fields: [{ name, value }] });
    },
  );

  it("is bounded, whatever the object contains", () => {
    const long = `'${"x".repeat(3_000)}'`;
    const fields = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f${at}`, long]));
    const content = contentOf({ title: long, labels: { a: { cel: long } }, fields });
    expect(JSON.stringify(content).length).toBeLessThan(12_000);
    expect(content.title?.length).toBe(200);
  });

  it.each([
    ["a severity that does not exist", { severity: "fatal" }],
    ["a runbook over http", { runbook: "http://a.example" }],
    [
      "21 fields",
      { fields: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`f${at}`, "'x'"])) },
    ],
    ["a field that is no text", { fields: { a: 3 } }],
    ["a label with a space", { labels: { "a b": "c" } }],
    ["a key that does not exist", { colour: "red" }],
  ])("is refused when the file is loaded with %s", (_what, written) => {
    expect(v.safeParse(alertSchema, { to: "ops", summary: "'x'", ...written }).success).toBe(false);
  });

  it("reaches the message of a step", () => {
    const content = contentOf({ severity: "info", fields: { Node: "object.spec.nodeName" } });
    const operation = { type: "alert", name: "alert", to: "ops", summary: "s", content } as const;
    const alert = toStepAlert({
      operation,
      record: toRecord(),
      subject: "/api/v1/pods/a",
      now: NOW,
    });
    expect(alert.data).toMatchObject({
      severity: "info",
      fields: [{ name: "Node", value: "n-3" }],
    });
    expect(parseAlertMessage(JSON.stringify(alert))).toEqual({ outcome: "parsed", value: alert });
  });
});
