import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { resolveCommand } from "../../../cli/resolve/command.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubemend-resolve-"));
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

/** Runs the command on a file with this text; resolves with its output and its exit code. */
async function run(text: string | Uint8Array, ...flags: readonly string[]) {
  const file = join(folder, "input");
  await writeFile(file, text);
  const printed = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) =>
    Boolean((printed.out += String(chunk))),
  );
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) =>
    Boolean((printed.err += String(chunk))),
  );
  await resolveCommand()
    .exitOverride()
    .parseAsync([file, ...flags], { from: "user" });
  return { ...printed, exitCode: process.exitCode ?? 0 };
}

async function runJson(value: unknown, ...flags: readonly string[]): Promise<readonly unknown[]> {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const { out } = await run(text, "--json", ...flags);
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}

const event = {
  apiVersion: "v1",
  kind: "Event",
  metadata: { namespace: "team", name: "e.1" },
  involvedObject: { kind: "CronJob", name: "c", uid: "bb6bd832-895d-11e8-bd5a-001d0917d583" },
};

describe("kubemend resolve --json", () => {
  test("prints a line for each reference, with the result in the form of the corpus", async () => {
    expect(await runJson(event)).toEqual([
      {
        object: { apiVersion: "v1", kind: "Event", namespace: "team", name: "e.1" },
        field: "involvedObject",
        reference: event.involvedObject,
        result: {
          outcome: "resolved",
          apiVersion: "batch/v1",
          kind: "CronJob",
          resource: "cronjobs",
          namespace: "team",
          name: "c",
          provenance: "builtin",
        },
      },
    ]);
  });

  test("resolves any path given with --field, even with hostile values", async () => {
    const object = {
      ...event,
      spec: { routes: [{ services: [{ kind: "Service", name: "s" }, null] }] },
    };
    expect(await runJson(object, "--field", "spec.routes[0].services[0]")).toMatchObject([
      { field: "spec.routes[0].services[0]", result: { kind: "Service", resource: "services" } },
    ]);
    expect(await runJson(object, "--field", "spec.routes[0].services[1]")).toMatchObject([
      { reference: null, result: { outcome: "unresolved", reason: "malformed", candidates: [] } },
    ]);
  });

  test("uses the built-in table of another version", async () => {
    const object = {
      ...event,
      involvedObject: { apiVersion: "batch/v1beta1", kind: "CronJob", name: "c" },
    };
    expect(await runJson(object, "--kubernetes-version", "1.24")).toMatchObject([
      { result: { apiVersion: "batch/v1beta1", provenance: "explicit" } },
    ]);
    expect(await runJson(object, "--kubernetes-version", "v1.25.3")).toMatchObject([
      { result: { apiVersion: "batch/v1", provenance: "builtin" } },
    ]);
  });

  test("reads additional kinds from --catalog, and prefers the first version of a group if none is marked", async () => {
    const file = join(folder, "kinds.json");
    const kind = { group: "a.io", kind: "Widget", resource: "widgets", namespaced: true };
    const object = { ...event, involvedObject: { kind: "Widget", name: "w" } };
    await writeFile(
      file,
      JSON.stringify([
        { ...kind, version: "v2" },
        { ...kind, version: "v1" },
      ]),
    );
    expect(await runJson(object, "--catalog", file)).toMatchObject([
      { result: { apiVersion: "a.io/v2" } },
    ]);
    await writeFile(
      file,
      JSON.stringify([
        { ...kind, version: "v2" },
        { ...kind, version: "v1", preferred: true },
      ]),
    );
    expect(await runJson(object, "--catalog", file)).toMatchObject([
      { result: { apiVersion: "a.io/v1" } },
    ]);
  });

  test("reads YAML documents, lists, items without a type, watch events and messages", async () => {
    const item = `{metadata: {name: p, namespace: n, ownerReferences: [{kind: ReplicaSet, name: r}]}}`;
    const yaml = `apiVersion: v1\nkind: PodList\nitems: [${item}]\n---\n# nothing\n---\n${JSON.stringify(event)}\n`;
    expect(await runJson(yaml)).toMatchObject([
      {
        object: { apiVersion: "v1", kind: "Pod", name: "p" },
        result: { kind: "ReplicaSet", namespace: "n" },
      },
      { object: { kind: "Event" } },
    ]);
    expect(await runJson({ kind: "List", items: [event, event] })).toHaveLength(2);
    expect(await runJson([event, [event]])).toHaveLength(2);
    expect(await runJson({ type: "ADDED", object: event })).toMatchObject([
      { object: { kind: "Event" } },
    ]);
    const message = { type: "dev.kubemend.object.added", data: { object: event } };
    expect(await runJson(message)).toMatchObject([{ object: { kind: "Event" } }]);
  });

  test("reads only own properties of YAML and JSON objects", async () => {
    const text =
      "apiVersion: v1\nkind: Event\nmetadata: {namespace: team}\ninvolvedObject: {__proto__: {kind: Pod, name: p}}\n";
    expect(await runJson(text)).toMatchObject([{ result: { reason: "malformed" } }]);
  });
});

describe("kubemend resolve for people", () => {
  test("shows the result of each reference, and why", async () => {
    const object = { ...event, related: { apiVersion: "batch", kind: "Ingress", name: "i" } };
    const { out, exitCode } = await run(JSON.stringify(object));
    expect(out).toContain("the built-in table of Kubernetes 1.36");
    expect(out).toContain("involvedObject -> ");
    expect(out).toContain("batch is the only group with this kind");
    expect(out).toContain("unresolved: not-served");
    expect(out).toContain("networking.k8s.io/v1 has this kind");
    expect(exitCode).toBe(0);
  });

  test("never lets the input control the terminal", async () => {
    const evil = "\u001B[2J\u009B2J\u202E";
    const object = {
      ...event,
      metadata: { namespace: evil, name: evil },
      kind: evil,
      involvedObject: { apiVersion: evil, kind: evil, name: evil, uid: evil },
      related: { kind: "Pod", name: evil, namespace: evil, uid: evil },
      spec: { [evil]: { targetRef: { kind: "Pod", name: "p" } } },
    };
    const { out } = await run(JSON.stringify(object));
    expect(out).toContain("targetRef");
    // Our own colours are the only escapes.
    // oxlint-disable-next-line no-control-regex
    expect(out.replaceAll(/\u001B\[\d+m/g, "")).not.toMatch(/[\u001B\u009B\u202E]/);
  });

  test("says that nothing was found, and exits with 1 only if --field was given", async () => {
    const object = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } });
    expect(await run(object)).toMatchObject({
      out: expect.stringContaining("no references found") as string,
      exitCode: 0,
    });
    const { err, exitCode } = await run(object, "--field", "spec.x");
    expect(err).toContain("nothing at spec.x");
    expect(exitCode).toBe(1);
  });
});

describe("kubemend resolve refuses", () => {
  test.each([
    ["text that is neither JSON nor YAML", "a: [1", /line 1/],
    ["a bomb of aliases", toBomb(), /alias/i],
    ["endless nesting", "[".repeat(200_000), /cannot read/],
    ["bytes that are not UTF-8", Uint8Array.of(0xff, 0xfe, 0xff), /UTF-8/],
  ])("%s", async (_, text, message) => {
    await expect(run(text)).rejects.toMatchObject({
      code: "Invalid",
      message: expect.stringMatching(message) as string,
    });
  });

  test("a file that does not exist", async () => {
    const command = resolveCommand().exitOverride();
    await expect(command.parseAsync([join(folder, "no")], { from: "user" })).rejects.toMatchObject({
      code: "Invalid",
      message: expect.stringContaining("cannot read") as string,
    });
  });

  test.each([
    [["--kubernetes-version", "1.23"], /1\.24 to 1\.36/],
    [["--kubernetes-version", "latest"], /1\.24 to 1\.36/],
    [["--kubernetes-version", "1.30", "--context", "x"], /omit/],
    [["--field", "a..b"], /--field a\.\.b/],
    [["--catalog", "/nowhere"], /--catalog/],
  ])("%j as wrong usage", async (flags, message) => {
    await expect(run("{}", ...flags)).rejects.toMatchObject({
      code: "InvalidConfiguration",
      message: expect.stringMatching(message) as string,
    });
  });

  test("an invalid catalog entry, by its position", async () => {
    const file = join(folder, "kinds.json");
    await writeFile(
      file,
      JSON.stringify([
        { group: "a.io", version: "v1", kind: "A", resource: "as", namespaced: "yes" },
      ]),
    );
    await expect(run("{}", "--catalog", file)).rejects.toThrow(/entry 0/);
  });
});

function toBomb(): string {
  const layers = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name, at, names) => {
    const inner = at === 0 ? '"x"' : `*${names[at - 1]}`;
    return `${name}: &${name} [${Array(9).fill(inner).join(", ")}]`;
  });
  return layers.join("\n");
}
