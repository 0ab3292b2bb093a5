/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { KubernetesRequest } from "../../../../adapters/kubernetes/http/client.ts";
import { applyChanges } from "../../../../core/operations/json-patch.ts";
import { toCauseAnnotations } from "../../../../core/operations/loops/cause-annotations.ts";
import { createCrowd } from "./targets/crowd.ts";
import { createRequestWorld } from "../../../support/functions/request-world.ts";

type Json = Readonly<Record<string, unknown>>;

const CHANGED = { id: "c".repeat(64), kind: "modified", loopAnnotations: {} } as const;

/** A Deployment that can be read and patched. */
function createDeployment(): {
  readonly serve: (request: KubernetesRequest) => unknown;
  readonly read: () => KubernetesObject;
} {
  let object: KubernetesObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", uid: "web-uid", annotations: {} },
    spec: { template: { metadata: {}, spec: {} } },
  };
  const serve = ({ method, path, body }: KubernetesRequest): unknown => {
    if (!path.endsWith("/deployments/web")) return undefined;
    if (method !== "GET") {
      const changes = (body as readonly { op: string; path: string; value: unknown }[])
        .filter(({ op }) => op === "add" || op === "replace")
        .map(({ path: pointer, value }) => ({ path: toPath(pointer), to: value }));
      const changed = applyChanges(object, changes);
      if (!changed.ok) throw new Error(changed.error);
      object = changed.value as KubernetesObject;
    }
    return object;
  };
  return { serve, read: () => object };
}

function toPath(pointer: string): readonly string[] {
  const keys = pointer.split("/").slice(1);
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function toEvent(number: number, regarding: Json): KubernetesObject {
  const metadata = { name: `e${number}`, namespace: "shop", uid: `e-${number}` };
  return { apiVersion: "events.k8s.io/v1", kind: "Event", metadata, regarding };
}

const EVENTS = {
  group: "events.k8s.io",
  version: "v1",
  resource: "events",
  kind: "Event",
  namespaced: true,
};

/** The end of a remediation that an Event starts, at this minute. */
async function reportEvent(
  then: Json,
  regarding: Json,
  minute: number,
  serve: (request: KubernetesRequest) => unknown,
): Promise<string | undefined> {
  const event = toEvent(minute, regarding);
  const rule = { on: { resource: "events.events.k8s.io" }, once: "object", then: [then] };
  const world = createRequestWorld(rule, event, {
    serve: (request) =>
      request.path.endsWith(`/events/${event.metadata.name}`) ? event : serve(request),
  });
  world.pass(minute * 60_000);
  const { name, namespace = "", uid } = event.metadata;
  const trigger = { ...EVENTS, namespace, name, uid, resourceVersion: "1" };
  const change = { ...CHANGED, time: world.now() };
  await world.deliver({ trigger, change }, { isSigned: true });
  return [...world.records.values()][0]?.status?.reason;
}

describe("a rule on Events, whose chain no Event carries", () => {
  it("changes what they are about three times within an hour", async () => {
    const { serve, read } = createDeployment();
    const regarding = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: "shop",
      name: "web",
      uid: "web-uid",
    };
    const then = { restartRollout: { target: { relation: "involved", kind: "Deployment" } } };
    const ends: unknown[] = [];
    for (let minute = 0; minute < 6; minute += 1) {
      ends.push(await reportEvent(then, regarding, minute, serve));
    }
    expect(ends.slice(0, 3)).toEqual(["Remediated", "Remediated", "Remediated"]);
    expect(ends.slice(3)).toEqual(["LoopDepth", "LoopDepth", "LoopDepth"]);
    const template = (read()["spec"] as Json)["template"];
    expect(JSON.stringify(template)).toContain("10:02:00");
  });

  it("continues the chain of the Job that the Event is about", async () => {
    const containers = [{ name: "main", image: "again:1" }];
    const job = { spec: { template: { spec: { restartPolicy: "Never", containers } } } };
    let chain: Json = {};
    const ends: unknown[] = [];
    for (let minute = 0; minute < 5; minute += 1) {
      const regarding = {
        apiVersion: "batch/v1",
        kind: "Job",
        namespace: "shop",
        name: "again",
        uid: "job-uid",
      };
      const failed = {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "again", namespace: "shop", uid: "job-uid", annotations: chain },
      };
      const end = await reportEvent({ createJob: { job } }, regarding, minute, (request) => {
        if (request.method === "GET") {
          return request.path.endsWith("/jobs/again") ? failed : undefined;
        }
        if (!request.path.endsWith("/jobs")) return undefined;
        const made = request.body as KubernetesObject;
        chain = made.metadata["annotations"] as Json;
        return { ...made, metadata: { ...made.metadata, uid: "made-uid" } };
      });
      ends.push(end);
    }
    expect(ends).toEqual(["Remediated", "Remediated", "Remediated", "LoopDepth", "LoopDepth"]);
  });
});

it("a rule on one object does not change another one that is the end of a chain of this rule", async () => {
  const { serve, read } = createDeployment();
  const at = "2026-03-01T09:59:00.000Z";
  const marks = toCauseAnnotations({ record: "r", depth: 50, rules: `rerun@${at}`, now: at });
  serve({
    method: "PATCH",
    path: "/deployments/web",
    body: [{ op: "add", path: "/metadata/annotations", value: marks }],
  });
  const config: KubernetesObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cm", namespace: "shop", uid: "cm-uid" },
  };
  const target = { resource: "deployments.apps", name: "web" };
  const rule = {
    on: { resource: "configmaps" },
    once: "object",
    then: [{ restartRollout: { target } }],
  };
  const world = createRequestWorld(rule, config, {
    serve: (request) => (request.path.endsWith("/configmaps/cm") ? config : serve(request)),
  });
  const trigger = {
    group: "",
    version: "v1",
    resource: "configmaps",
    kind: "ConfigMap",
    namespaced: true,
    namespace: "shop",
    name: "cm",
    uid: "cm-uid",
    resourceVersion: "1",
  };
  const change = { ...CHANGED, time: world.now() };
  await world.deliver({ trigger, change }, { isSigned: true });
  const { phase, reason } = [...world.records.values()][0]?.status ?? {};
  expect([phase, reason]).toEqual(["Refused", "LoopDepth"]);
  expect(read().metadata["annotations"]).toEqual(marks);
});

it("an action on many targets leaves only those out that its rule has changed often enough", async () => {
  const select = { resource: "pods" };
  const then = { annotate: { targets: { select, atMost: 50 }, set: { seen: "yes" } } };
  const crowd = createCrowd(then, 0);
  const times = ["09:10", "09:30", "09:50"].map((at) => `rerun@2026-03-01T${at}:00.000Z`);
  crowd.addPod("busy", { annotations: { "kubemend.dev/changed-by": times.join(" ") } });
  crowd.addPod("fresh");
  await crowd.deliver({}, { isSigned: true });
  expect(crowd.writes).toEqual(["PATCH fresh"]);
  expect(crowd.status().message).toContain("busy");
});
