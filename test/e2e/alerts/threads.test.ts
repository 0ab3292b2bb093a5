import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";
import { onFailedJobs, startAlertWorld, type AlertWorld } from "./alert-world.ts";

const stack = new AsyncDisposableStack();
let world: AlertWorld;
let slack: ReceiverServer;

beforeAll(async () => {
  let count = 0;
  const answer = () => {
    count += 1;
    return { body: JSON.stringify({ ok: true, channel: "C1", ts: `100.00000${count}` }) };
  };
  slack = stack.use(await startReceiver(answer));
  world = stack.use(
    await startAlertWorld(["data"], {
      // The sandbox sets this variable of notify; as a token any text will do here.
      receivers: {
        ops: { slack: { channel: "#ops", token: { env: "SANDBOX_SLACK" }, api: slack.url } },
      },
      rules: [
        {
          id: "failed",
          ...onFailedJobs(["data"], "alert"),
          // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
          then: [{ alert: { to: "ops", summary: "object.metadata.name", window: "5s" } }],
        },
      ],
    }),
  );
});

afterAll(() => stack.disposeAsync());

const WAIT = { timeout: 120_000, interval: 250 };

const posted = () =>
  slack.requests.map(({ body }) => JSON.parse(body) as Readonly<Record<string, unknown>>);

it("Slack's thread comes back signed, is stored in the group, and gets the later messages of the incident", async () => {
  await world.failJob("data", "one");
  await expect.poll(() => posted().length, WAIT).toBe(1);
  const readThread = async () => (await world.readGroups())[0]?.status.thread?.handle;
  await expect.poll(readThread, WAIT).toContain("100.000001");
  await world.failJob("data", "two");
  await expect.poll(() => posted().length, WAIT).toBe(2);
  for (const name of ["one", "two"]) {
    const path = `/apis/batch/v1/namespaces/data/jobs/${name}`;
    const query = { propagationPolicy: "Background" };
    await world.client.request({ method: "DELETE", path, query });
  }
  // The sweep looks once a minute.
  await expect.poll(() => posted().length, WAIT).toBe(3);
  expect(posted().map((body) => [body["thread_ts"], body["reply_broadcast"]])).toEqual([
    [undefined, undefined],
    ["100.000001", true],
    ["100.000001", false],
  ]);
  await expect.poll(readThread, WAIT).toBeUndefined();
});
