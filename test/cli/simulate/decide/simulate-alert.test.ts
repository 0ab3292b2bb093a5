import { describe, expect, it } from "vitest";
import { toPlanRecord } from "../../../../cli/simulate/report/format-plan.ts";
import type { Pipeline } from "../../../../core/pipeline/pipeline.ts";
import type { KubernetesObject } from "../../../../events/change.ts";
import { plan, print, thenDo, toPipeline } from "./plan-rule.ts";

describe("the alert of a match", () => {
  const receivers = {
    pager: { pagerduty: { routingKey: { secret: "pager" } } },
    chat: { slack: { channel: "#shop", token: { secret: "chat" } } },
    default: { sns: { topicArn: "arn:aws:sns:eu-central-1:111122223333:alerts" } },
  };
  const route = [
    { when: { severity: "critical" }, to: "pager", continue: true },
    { when: { namespaceLabels: "team=shop" }, to: "chat" },
  ];
  const NAMESPACE: KubernetesObject = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop", uid: "shop-uid", labels: { team: "shop" } },
  };
  const toAlert = (more: object = {}): Pipeline =>
    toPipeline(thenDo({ alert: { summary: "'x'", ...more } }), { receivers, route });

  it("is shown with its title, its severity and the receivers to which it is routed", async () => {
    const alert = {
      title: "'Trouble with ' + object.metadata.name",
      severity: "critical",
      labels: { tier: "1" },
      runbook: "https://runbooks.example/web",
      fields: { Replicas: "string(object.spec.replicas)" },
    };
    const planned = await plan(toAlert(alert), [NAMESPACE]);
    expect(print(planned)).toEqual([
      "would alert default: x",
      "    title: Trouble with web",
      "    severity: critical",
      "    receivers: pager (PagerDuty), chat (the Slack channel #shop)",
      "    label tier: 1",
      "    runbook: https://runbooks.example/web",
      "    Replicas: 1",
    ]);
    expect(toPlanRecord(planned)).toMatchObject({
      steps: [
        {
          alert: {
            title: "Trouble with web",
            severity: "critical",
            receivers: [{ name: "pager" }, { name: "chat" }],
          },
        },
      ],
    });
  });

  it("says if routes ask for labels of a namespace that is not known", async () => {
    const lines = print(await plan(toAlert()));
    expect(lines).toContain("    severity: warning");
    expect(lines.find((line) => line.includes("receivers: "))).toMatch(/receivers: default \(/);
    expect(lines.at(-1)).toMatch(/^ {4}the labels of the namespace shop are not known/);
  });

  it("is an error if the rule is refused", async () => {
    const rule = thenDo(
      { cordon: { target: { name: "worker-1" } } },
      { alert: { summary: "'x'" } },
    );
    const lines = print(await plan(toPipeline(rule, { receivers, route }), [NAMESPACE]));
    expect(lines[0]).toMatch(/^refused OutOfReach/);
    expect(lines).toContain("    severity: error");
  });
});
