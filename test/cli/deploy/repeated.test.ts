import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";
import { DEPLOYED, simulateAccount, type SimulatedAccount } from "./simulated-account.ts";

let account: SimulatedAccount;
beforeEach(() => {
  account = simulateAccount();
});
afterEach(() => account[Symbol.dispose]());

async function run(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return kubemend([...args, "--settings", account.settings], account.environment).ended;
}

/** The script of a command, cut off after each of its steps in turn. */
function cutOff(script: string): readonly string[] {
  const [head = "", ...steps] = script.split(/^(?=# \d+\. )/m);
  return steps.map((_, index) => [head, ...steps.slice(0, index + 1)].join(""));
}

/** Its title, which says where a test has failed. */
function lastStep(script: string): string | undefined {
  return script.match(/^# \d+\. .*/gm)?.at(-1);
}

describe("a deployment", () => {
  it("that was stopped after any of its steps is completed by another one", async () => {
    const { stdout: script } = await run("deploy", "--plan");
    const parts = cutOff(script);
    expect(parts).toHaveLength(29);
    for (const part of parts) {
      using other = simulateAccount();
      const [before, again] = [part, script].map((text) =>
        text.replaceAll(account.settings, other.settings),
      );
      await other.runScript(before ?? "");
      await other.runScript(again ?? "");
      expect({ after: lastStep(part), things: other.things() }).toMatchObject({ things: DEPLOYED });
    }
  });

  it("is repeated without the file of the signing keys, and the relay gets those that are stored", async () => {
    await run("deploy");
    rmSync(account.keys);
    account.take("secret");
    const { code, stderr } = await run("deploy");
    expect([code, stderr, account.things()]).toEqual([0, expect.any(String), DEPLOYED]);
  });

  it("that was killed while Helm worked is completed by another one", async () => {
    await run("deploy");
    account.make("pending");
    const { code, stderr } = await run("deploy");
    expect([code, stderr, account.things()]).toEqual([0, expect.any(String), DEPLOYED]);
  });
});

describe("a deployment that is taken away", () => {
  it("is gone completely, wherever that was stopped the first time", async () => {
    await run("deploy");
    const { stdout: script } = await run("uninstall", "--plan", "--purge");
    const { stdout: deploy } = await run("deploy", "--plan");
    const parts = cutOff(script);
    expect(parts).toHaveLength(19);
    for (const part of parts) {
      await account.runScript(deploy);
      await account.runScript(part);
      await account.runScript(script);
      expect({ after: lastStep(part), things: account.things() }).toMatchObject({ things: [] });
    }
  });

  it("can be taken away again, with what was kept the first time", async () => {
    await run("deploy");
    await run("uninstall", "--yes");
    expect(account.things()).toEqual(["namespace"]);
    const { code, stderr } = await run("uninstall", "--yes", "--purge");
    expect([code, stderr, account.things()]).toEqual([0, expect.any(String), []]);
  });

  it("loses its access to the cluster also if somebody has deleted the stack before", async () => {
    await run("deploy");
    await account.runScript("npm run remove\n");
    const { code, stderr } = await run("uninstall", "--yes");
    expect([code, stderr, account.things()]).toEqual([0, expect.any(String), ["namespace"]]);
  });
});
