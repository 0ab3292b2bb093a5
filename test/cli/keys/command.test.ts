import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseSigningKeys } from "../../../adapters/signing/parse-keys.ts";
import { describeError } from "../../../core/errors.ts";
import { compareKeys } from "../../../cli/keys/compare.ts";
import { toKeyId } from "../../../cli/keys/key-ring.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { recordCommands } from "../setup/record-commands.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

let folder: ReturnType<typeof temporaryFolder>;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, "signing-keys");
});
afterEach(() => folder[Symbol.dispose]());

function keys(): readonly string[] {
  return parseSigningKeys(readFileSync(file, "utf8"), file);
}

async function run(...args: readonly string[]) {
  return kubemend(["keys", ...args]).ended;
}

describe("kubemend keys", () => {
  it("makes a key of 32 random bytes that only its owner may read, and never replaces one", async () => {
    expect(await run("new", file)).toMatchObject({ code: 0 });
    expect(keys()).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [key = ""] = keys();
    const again = await run("new", file);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("exists already") });
    expect(keys()).toEqual([key]);
  });

  it("rotates step by step: add, use, remove", async () => {
    await run("new", file);
    const [before = ""] = keys();
    expect(await run("add", file)).toMatchObject({ code: 0 });
    const [, added = ""] = keys();
    expect(keys()).toEqual([before, added]);
    const listed = await run("list", file, "--json");
    expect(
      listed.stdout
        .trim()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([
      { type: "key", id: toKeyId(before), signs: true },
      { type: "key", id: toKeyId(added), signs: false },
    ]);
    expect(await run("use", file, toKeyId(added))).toMatchObject({ code: 0 });
    expect(keys()).toEqual([added, before]);
    expect(await run("remove", file, toKeyId(before), "--drained")).toMatchObject({ code: 0 });
    expect(keys()).toEqual([added]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("prints no key", async () => {
    await run("new", file);
    const outputs = [await run("add", file), await run("list", file)];
    for (const { stdout, stderr } of outputs) {
      for (const key of keys()) expect(stdout + stderr).not.toContain(key);
    }
  });

  it.each([
    ["a second rotation", ["add"], /a rotation has begun already/],
    ["a key that signs", ["remove", "signing", "--drained"], /is the key that signs/],
    ["queues that may hold its messages", ["remove", "other"], /say --drained/],
    ["a key that there is not", ["use", "00000000"], /there is no key 00000000: the keys are/],
  ] as const)("refuses %s, and changes nothing", async (_, [verb, key, ...flags], says) => {
    await run("new", file);
    await run("add", file);
    const before = keys();
    const [signing = "", other = ""] = before.map(toKeyId);
    const ids: Record<string, string> = { signing, other };
    const id = key === undefined ? [] : [ids[key] ?? key];
    const refused = await run(verb, file, ...id, ...flags);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(says) });
    expect(keys()).toEqual(before);
  });

  it.each([
    [
      "secret",
      /^aws secretsmanager put-secret-value --secret-id kubemend-prod\/signing-keys --secret-string file:\S+signing-keys --region eu-central-1/,
    ],
    [
      "parameter",
      /^aws ssm put-parameter --name \/kubemend-prod\/signing-keys --type SecureString --overwrite --value file:\S+signing-keys --region eu-central-1/,
    ],
  ])(
    "stores them for functions (%s) and relay, and no key is an argument",
    async (signing, stores) => {
      await run("new", file);
      const settings = join(folder.path, "prod.env");
      writeFileSync(
        settings,
        `KUBEMEND_STAGE=prod\nKUBEMEND_REGION=eu-central-1\nKUBEMEND_SIGNING=${signing}\n`,
      );
      const commands = recordCommands(folder.path, ["aws", "kubectl", "node"]);
      const stored = await kubemend(
        ["keys", "store", file, "--settings", settings],
        commands.environment,
      ).ended;
      expect(stored).toMatchObject({ code: 0 });
      expect(commands.ran()).toEqual([
        expect.stringMatching(/^aws (secretsmanager list-secrets|ssm describe-parameters) /),
        expect.stringMatching(/^kubectl get secret kubemend-signing-keys /),
        expect.stringMatching(stores),
        expect.stringMatching(
          /^kubectl (create secret generic kubemend-signing-keys --namespace kubemend --from-file=keys=\S+signing-keys|apply --filename -)/,
        ),
        expect.stringMatching(/^kubectl /),
      ]);
      expect(commands.ran().join("\n")).not.toContain(keys()[0]);
    },
  );

  it.each([
    ["a key is added", "old", ["old", "new"], true],
    ["another key signs", "old\nnew", ["new", "old"], true],
    ["the old key is removed", "new\nold", ["new"], true],
    ["the key that signs is not in the file", "old\nnew", ["new"], false],
    ["all are others", "other", ["old", "new"], false],
  ])("compare: %s", async (_, stored, ring, isRight) => {
    const toKey = (name: string): string => name.repeat(22);
    writeFileSync(file, ring.map((name) => `${toKey(name)}\n`).join(""));
    const lines = stored.split("\n").map(toKey).join("\n");
    const answer = await compareKeys(file, lines).then(() => "the same", describeError);
    expect(answer).toMatch(
      isRight ? /^the same$/ : /lacks [0-9a-f]{8}, the key that signs now.*--replace/,
    );
  });

  it.each([
    [[], 1, false],
    [["--replace"], 0, true],
  ])("store %j replaces no others unless a flag says so", async (flags, code, isStored) => {
    await run("new", file);
    const settings = join(folder.path, "prod.env");
    writeFileSync(
      settings,
      "KUBEMEND_STAGE=prod\nKUBEMEND_REGION=eu-central-1\nKUBEMEND_SIGNING=secret\n",
    );
    const commands = recordCommands(folder.path, ["aws", "kubectl", "node"]);
    commands.answer("get secret", "others");
    commands.answer("keys compare", "", 2);
    const stored = await kubemend(
      ["keys", "store", file, "--settings", settings, ...flags],
      commands.environment,
    ).ended;
    expect(stored.code).toBe(code);
    expect(commands.ran().some((line) => line.includes("put-secret-value"))).toBe(isStored);
  });

  it("stores nothing if the context is another cluster than that of the settings", async () => {
    await run("new", file);
    const settings = join(folder.path, "prod.env");
    const lines = [
      "KUBEMEND_STAGE=prod",
      "KUBEMEND_REGION=eu-central-1",
      "KUBEMEND_SIGNING=secret",
    ];
    writeFileSync(settings, [...lines, "KUBEMEND_EKS_ENDPOINT=https://prod.invalid"].join("\n"));
    const commands = recordCommands(folder.path, ["aws", "kubectl", "node"]);
    commands.answer("config view", "https://staging.invalid");
    const args = ["keys", "store", file, "--settings", settings];
    const { code, stderr } = await kubemend(args, commands.environment).ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/the context is of https:\/\/staging\.invalid/),
    ]);
    expect(commands.ran()).toEqual([expect.stringMatching(/^kubectl config view/)]);
  });
});
