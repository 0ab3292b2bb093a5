import type { AlertMessage } from "../../events/alert.ts";
import type { Scenario, ScenarioContext } from "./scenario.ts";
import { showMessage } from "./show-message.ts";

async function createEvent(
  context: ScenarioContext,
  name: string,
  involvedObject: Readonly<Record<string, unknown>>,
): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  await context.kubernetes.request({
    method: "POST",
    path: `/api/v1/namespaces/${context.namespace}/events`,
    body: {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name },
      involvedObject,
      type: "Warning",
      reason: "SandboxScenario",
      message: `an Event whose author left out the apiVersion of ${String(involvedObject["kind"])}`,
      source: { component: "scenario" },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    },
  });
}

function findAlert(context: ScenarioContext, event: string): AlertMessage["data"] | undefined {
  return context.alerts().find((alert) => alert.trigger.name === event);
}

/** (b) References without apiVersion: completed from discovery, or left unresolved with the reason. Nothing crashes, and nothing is guessed. */
export const resolveEvent: Scenario = {
  id: "b",
  title: "an Event whose involvedObject lacks apiVersion, and one of an unknown kind",
  async run(context) {
    const { namespace } = context;
    await context.change("an Event about CronJob backup is created, without apiVersion", () =>
      createEvent(context, "about-backup", { kind: "CronJob", namespace, name: "backup" }),
    );
    await context.step(
      "the reference is resolved from discovery",
      async () => {
        const result = findAlert(context, "about-backup")?.references.find(
          (reference) => reference.field === "involvedObject",
        )?.result;
        return result?.outcome === "resolved" && result.provenance !== "explicit"
          ? result
          : undefined;
      },
      { detail: (result) => `${result.apiVersion} ${result.kind}, ${result.provenance}` },
    );
    await context.change("an Event about an unknown kind is created", () =>
      createEvent(context, "about-nothing", { kind: "ApplicationSet", namespace, name: "x" }),
    );
    await context.step(
      "the reference stays unresolved, and the alert says why",
      async () => {
        const result = findAlert(context, "about-nothing")?.references.find(
          (reference) => reference.field === "involvedObject",
        )?.result;
        return result?.outcome === "unresolved" ? result : undefined;
      },
      { detail: (result) => result.reason },
    );
    const alert = findAlert(context, "about-nothing");
    if (alert !== undefined) await showMessage(context, alert);
  },
};
