import { ALERT_SCHEMA_URN, type AlertMessage } from "../../events/alert.ts";
import { sha256 } from "../../events/ids.ts";

/** An alert that shows everything a receiver may get, and says that it is a test. `now` is RFC 3339 ms. */
export function toSampleAlert(to: string, cluster: string, now: string): AlertMessage {
  const id = sha256("alert test", to, now).slice(0, 20);
  const alertId = `alert-test-${id}`;
  const uid = "00000000-0000-0000-0000-000000000000";
  return {
    specversion: "1.0",
    id: alertId,
    source: `/clusters/${uid}/rules/alert-test`,
    type: "dev.kubemend.alert",
    subject: "/apis/batch/v1/namespaces/default/jobs/alert-test",
    time: now,
    dataschema: ALERT_SCHEMA_URN,
    traceparent: `00-${sha256(alertId).slice(0, 32)}-${sha256(now).slice(0, 16)}-01`,
    data: {
      alertId,
      cluster: { name: cluster, uid },
      rule: { id: "alert-test", digest: sha256("alert test") },
      to,
      title: "Test of an alert",
      summary: "This is a test, sent by `kubemend alert test`. Nothing has happened.",
      severity: "info",
      labels: { test: "true" },
      fields: [{ name: "Receiver", value: to }],
      change: { id: sha256("change", now), kind: "modified", time: now },
      trigger: {
        apiVersion: "batch/v1",
        kind: "Job",
        namespace: "default",
        name: "alert-test",
        uid,
      },
      references: [],
    },
  };
}
