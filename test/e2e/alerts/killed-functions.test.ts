import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseAlertMessage, type AlertData } from "../../../events/alert.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";
import { onFailedJobs, startAlertWorld, type AlertWorld } from "./alert-world.ts";

const NAMESPACES = ["storm-a", "storm-b"];
/** For each namespace and rule. */
const OBJECTS = 50;
const KILLS = 30;

const stack = new AsyncDisposableStack();
let world: AlertWorld;
let receiver: ReceiverServer;

beforeAll(async () => {
  receiver = stack.use(await startReceiver({ status: 204 }));
  world = stack.use(await startAlertWorld(NAMESPACES, toPipeline(receiver.url)));
});

afterAll(() => stack.disposeAsync());

/** One rule only alerts; the other one mends, and alerts as a step of its record. */
function toPipeline(url: string): object {
  const off = { cooldown: "off", maxPerHour: "off", maxInFlight: "off", stormBrake: "off" };
  const alert = { alert: { to: "hook", summary: "object.metadata.name", window: "5s" } };
  const mend = [{ label: { set: { mended: "yes" } } }, alert];
  const guards = { ...off, breaker: "off" };
  return {
    receivers: { hook: { webhook: { url: `${url}/hook` } } },
    rules: [
      // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
      { id: "alerts", ...onFailedJobs(NAMESPACES, "alert"), then: [alert] },
      // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
      { id: "mends", ...onFailedJobs(NAMESPACES, "mend"), guards, then: mend },
    ],
  };
}

/** The processes of the functions, which are children of this one. */
function listFunctions(): readonly number[] {
  const text = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => {
      return Number(parent) === process.pid && args.join(" ").includes("bootstrap.mjs");
    })
    .map(([pid]) => Number(pid));
}

/** Kills functions at random moments. Returns how often. */
async function killFunctions(): Promise<number> {
  let killed = 0;
  for (let count = 0; count < KILLS; count += 1) {
    await sleep(100 + Math.random() * 900);
    const all = listFunctions();
    const pid = all[Math.floor(Math.random() * all.length)];
    if (pid === undefined) continue;
    try {
      process.kill(pid, "SIGKILL");
      killed += 1;
    } catch {
      // It has ended since.
    }
  }
  return killed;
}

/** The alerts that the receiver got, in the order of arrival. */
function readAlerts(): readonly AlertData[] {
  return receiver.requests.map(({ body }) => {
    const parsed = parseAlertMessage(body);
    if (parsed.outcome === "refused") throw new Error(parsed.reason);
    return parsed.value.data;
  });
}

/** A message that was delivered twice is one. */
function listMessages(): readonly AlertData[] {
  return [...new Map(readAlerts().map((alert) => [alert.alertId, alert])).values()];
}

/** The number of alerts of a rule and a namespace that the messages have counted, with those that were sent without a group. */
function countAnnounced(rule: string, namespace: string): number {
  const own = listMessages().filter(
    (alert) => alert.rule.id === rule && alert.trigger.namespace === namespace,
  );
  const news = own.filter(({ group }) => group === undefined || isNews(group.reason));
  return news.reduce((sum, { group }) => sum + (group?.alerts ?? 1), 0);
}

const isNews = (reason: string): boolean => reason === "first" || reason === "window";

const RULES = ["alerts", "mends"];

/** The alerts that the receiver has not got yet, by rule and namespace. */
async function listMissing(): Promise<readonly string[]> {
  const groups = await world.readGroups();
  const left = groups.flatMap(({ metadata, status: { outbox, collected } }) =>
    outbox === undefined && collected === undefined ? [] : [metadata.name],
  );
  const missing = RULES.flatMap((rule) =>
    NAMESPACES.flatMap((namespace) => {
      const count = OBJECTS - countAnnounced(rule, namespace);
      return count > 0 ? [`${count} of ${rule} in ${namespace}`] : [];
    }),
  );
  return [...missing, ...left];
}

const WAIT = { timeout: 240_000, interval: 1_000 };

it("loses no alert and counts none twice, whichever function is killed at whatever moment", async () => {
  const due = NAMESPACES.flatMap((namespace) =>
    Array.from({ length: OBJECTS * 2 }, (_none, index) => {
      const does = index % 2 === 0 ? "alert" : "mend";
      return { namespace, name: `${does}-${index}`, does };
    }),
  );
  const killing = killFunctions();
  for (let from = 0; from < due.length; from += 4) {
    const some = due.slice(from, from + 4);
    await Promise.all(
      some.map(({ namespace, name, does }) => world.failJob(namespace, name, does)),
    );
  }
  const killed = await killing;
  expect(killed).toBeGreaterThan(KILLS / 2);
  await expect.poll(listMissing, WAIT).toEqual([]);
  for (const namespace of NAMESPACES) {
    expect(countAnnounced("alerts", namespace)).toBe(OBJECTS);
    // A success is over at once, so it is known only until its window ends: a step that is sent again later is announced again.
    expect(countAnnounced("mends", namespace)).toBeLessThanOrEqual(OBJECTS + killed);
  }
}, 480_000);

it("has each alert that is open in the group in the cluster", async () => {
  const groups = await world.readGroups();
  const open = groups.flatMap(({ spec, status }) => (spec.rule === "alerts" ? status.open : []));
  const alone = listMessages().filter(({ rule, group }) => rule.id === "alerts" && !group);
  expect(open.length + alone.length).toBe(OBJECTS * NAMESPACES.length);
});

it("mends each object once", async () => {
  const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
  type Records = { readonly items: readonly { readonly status?: { readonly phase: string } }[] };
  const readPhases = async () => {
    const { items } = await world.client.request<Records>({ method: "GET", path });
    return items.map(({ status }) => status?.phase);
  };
  const succeeded = Array.from({ length: OBJECTS * NAMESPACES.length }, () => "Succeeded");
  await expect.poll(readPhases, WAIT).toEqual(succeeded);
});

it("repeats a message under its id and with its text only", () => {
  const texts = new Map<string, Set<string>>();
  for (const { alertId, rule, summary, group } of readAlerts()) {
    // A success that is sent again after its window has ended begins a group of its own, at another time.
    const since = rule.id === "mends" ? undefined : group?.since;
    const text = JSON.stringify([summary, group?.alerts, since]);
    texts.set(alertId, (texts.get(alertId) ?? new Set()).add(text));
  }
  expect([...texts].filter(([, different]) => different.size > 1)).toEqual([]);
});
