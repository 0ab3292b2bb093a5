import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { alertCommand } from "../../../cli/alert/command.ts";
import { toSampleAlert } from "../../../cli/alert/sample-alert.ts";
import { parseAlertMessage } from "../../../events/alert.ts";
import { startReceiver, type ReceiverAnswer } from "../../support/receiver-server.ts";

const TOKEN = "xoxb-the-token-of-the-test";

let printed = "";

beforeEach(() => {
  printed = "";
  vi.stubEnv("SLACK_TOKEN", TOKEN);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Sends the sample to `name` of a file whose receiver `ops` is a Slack bot at a server on this machine. */
async function send(name: string, answer: ReceiverAnswer, ...options: readonly string[]) {
  await using server = await startReceiver(answer);
  const file = join(mkdtempSync(join(tmpdir(), "alert-")), "p.yaml");
  writeFileSync(
    file,
    `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
watch: [ { resource: pods } ]
receivers: { ops: { slack: { channel: "#ops", token: { env: SLACK_TOKEN }, api: "${server.url}" } } }
`,
  );
  await alertCommand().parseAsync(["test", name, "--config", file, ...options], { from: "user" });
  return server.requests;
}

describe("kubemend alert test", () => {
  it("sends a sample that says it is one, and prints no credential", async () => {
    const requests = await send("ops", { body: '{"ok":true}' });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.body).toContain("This is a test");
    expect(printed).toMatch(/^Delivered to receiver ops \(the Slack channel #ops\) in \d+ ms/);
    expect(printed).not.toContain(TOKEN);
    expect(process.exitCode).toBeUndefined();
  });

  it("says what the receiver answered, and fails, if it does not take the sample", async () => {
    await send("ops", { body: `{"ok":false,"error":"invalid_auth ${TOKEN}"}` });
    expect(printed).toContain("Not delivered (ReceiverRefused; notify would not try again)");
    expect(printed).toContain("invalid_auth");
    expect(printed).not.toContain(TOKEN);
    expect(process.exitCode).toBe(1);
  });

  it("says whether notify would try again", async () => {
    await send("ops", { status: 503 }, "--json");
    expect(JSON.parse(printed)).toMatchObject({
      type: "notDelivered",
      receiver: "ops",
      code: "ReceiverUnavailable",
      retryable: true,
    });
  });

  it("refuses a name that the file does not have, with the one that was meant", async () => {
    await expect(send("opps", {})).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringContaining("did you mean ops?") as string,
    });
  });
});

it("the sample is an alert as notify reads it", () => {
  const sample = toSampleAlert("ops", "prod", "2026-11-20T02:01:00.250Z");
  expect(parseAlertMessage(JSON.stringify(sample))).toEqual({ outcome: "parsed", value: sample });
});
