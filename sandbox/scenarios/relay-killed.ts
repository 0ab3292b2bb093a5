import type { Scenario, ScenarioContext } from "./scenario.ts";

const path = (context: ScenarioContext, name = ""): string =>
  `/api/v1/namespaces/${context.namespace}/configmaps${name === "" ? "" : `/${name}`}`;

async function create(context: ScenarioContext, name: string): Promise<void> {
  await context.kubernetes.request({
    method: "POST",
    path: path(context),
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value: "1" } },
  });
}

async function modify(context: ScenarioContext, name: string): Promise<void> {
  await context.kubernetes.request({
    method: "PATCH",
    path: path(context, name),
    contentType: "application/merge-patch+json",
    body: { data: { value: "2" } },
  });
}

/** Waits for the alert about one change of one ConfigMap. */
async function arrives(context: ScenarioContext, kind: string, name: string): Promise<void> {
  await context.step(
    `the alert "${kind} ${name}" arrives`,
    async () =>
      context.alerts().find((alert) => alert.trigger.name === name && alert.change.kind === kind),
    {
      detail: (alert) => (alert.change.gap === true ? "found by comparing" : "seen on the watch"),
    },
  );
}

/** (c) The relay is killed; changes and deletions while it is down are still reported. */
export const relayKilled: Scenario = {
  id: "c",
  title: "the relay is killed with SIGKILL while objects change and are deleted",
  async run(context) {
    await context.change("ConfigMaps settings-kept and settings-gone are created", async () => {
      await create(context, "settings-kept");
      await create(context, "settings-gone");
    });
    await arrives(context, "added", "settings-kept");
    await arrives(context, "added", "settings-gone");
    await context.change("the relay is killed", () => context.relay.kill());
    await context.change(
      "while it is down, one is modified, one deleted, one created",
      async () => {
        await modify(context, "settings-kept");
        await context.kubernetes.request({
          method: "DELETE",
          path: path(context, "settings-gone"),
        });
        await create(context, "settings-new");
      },
    );
    await context.change("the relay starts again", () => context.relay.start());
    await arrives(context, "modified", "settings-kept");
    await arrives(context, "deleted", "settings-gone");
    await arrives(context, "added", "settings-new");
  },
};
