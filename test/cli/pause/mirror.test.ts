import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";
import { startGuardApi, toGuard, type GuardApiOptions } from "../guards/guard-api.ts";
import { toMirrorObject } from "../mirror/mirror-api.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-pause-mirror-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(args: readonly string[], options: GuardApiOptions = {}) {
  await using api = await startGuardApi(folder, options);
  const { code, stdout, stderr } = await kubemend(args, { KUBECONFIG: api.kubeconfig }).ended;
  return { code, stdout, stderr, api };
}

const PAUSED = { paused: { reason: "switch over" } };
const paused = (name: string) => toGuard({ metadata: { name }, spec: PAUSED });
const mirrors = [toMirrorObject("backup-eu"), toMirrorObject("backup-us")];
const REQUEST = "kubemend.dev/compare-requested";

describe("a rule that mirrors", () => {
  it("is compared when it is resumed, in each target, also if the functions have not noted the pause", async () => {
    const guards = [paused("mirror-shop")];
    const { code, stdout, api } = await run(["resume", "mirror-shop"], { guards, mirrors });
    expect(code).toBe(0);
    expect(stdout).toContain(
      "All objects of mirror-shop.backup-eu, mirror-shop.backup-us are compared with their copies within a minute or two.",
    );
    expect(api.writes).toEqual([
      "PATCH mirror-shop",
      "PATCH mirror-shop.backup-eu",
      "PATCH mirror-shop.backup-us",
    ]);
    expect(api.mirrors.get("mirror-shop.backup-eu")).toMatchObject({
      metadata: { annotations: { [REQUEST]: expect.stringMatching(/^\d{4}-/) as string } },
    });
  });

  it("is compared when all rules are resumed, unless no rule mirrors there any more", async () => {
    const obsolete = toMirrorObject("old", {
      state: "Obsolete",
      since: "2026-11-30T10:00:00.000Z",
    });
    const given = { guards: [paused("all")], mirrors: [...mirrors, obsolete] };
    const { api } = await run(["resume"], given);
    expect(api.writes.slice(1)).toEqual([
      "PATCH mirror-shop.backup-eu",
      "PATCH mirror-shop.backup-us",
    ]);
  });

  it("is not compared when another rule is resumed", async () => {
    const { api } = await run(["resume", "rerun"], { guards: [paused("rerun")], mirrors });
    expect(api.writes).toEqual(["PATCH rerun"]);
  });

  it("is resumed by a user who may not request it, who is shown how", async () => {
    const given = { guards: [paused("mirror-shop")], mirrors: "forbidden" } as const;
    const { code, stdout, api } = await run(["resume", "mirror-shop"], given);
    expect([code, api.writes]).toEqual([0, ["PATCH mirror-shop"]]);
    expect(stdout).toContain("kubemend mirror compare mirror-shop has its copies compared");
  });

  it("is paused without its pipeline file although nothing of it has ever failed", async () => {
    const { code, api } = await run(["pause", "mirror-shop", "--reason", "x"], { mirrors });
    expect([code, api.writes]).toEqual([0, ["POST mirror-shop", "PATCH mirror-shop"]]);
  });

  it("is not taken for another one whose name was misspelt", async () => {
    const { code, stderr } = await run(["pause", "miror-shop", "--reason", "x"], { mirrors });
    expect(code).toBe(1);
    expect(stderr).toContain("nothing was paused");
  });
});
