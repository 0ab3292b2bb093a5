import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFiles } from "../../../cli/apply-job/read-files.ts";
import { readJob } from "../../../cli/apply-job/read-jobs.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

type Json = Readonly<Record<string, unknown>>;

const SPEC = { template: { spec: { restartPolicy: "Never", containers: [{ name: "main" }] } } };
const toJob = (metadata: Json = { name: "migrate" }, more: Json = {}): Json => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata,
  spec: SPEC,
  ...more,
});

describe("a document of a file", () => {
  it("is read as a Job, without what the API server has added", () => {
    const exported = toJob(
      {
        name: "migrate",
        namespace: "data",
        uid: "u",
        resourceVersion: "1",
        creationTimestamp: null,
        managedFields: [],
        labels: { app: "web" },
        annotations: {
          note: "n",
          "kubectl.kubernetes.io/last-applied-configuration": "{}",
          "kubemend.dev/cause": "r",
        },
      },
      {
        spec: {
          ...SPEC,
          selector: { matchLabels: { "controller-uid": "u" } },
          template: {
            ...SPEC.template,
            metadata: { creationTimestamp: null, labels: { "job-name": "migrate", app: "web" } },
          },
        },
        status: { succeeded: 1 },
      },
    );
    expect(readJob(exported)).toEqual({
      ok: true,
      value: {
        name: "migrate",
        namespace: "data",
        isGenerated: false,
        manifest: {
          labels: { app: "web" },
          annotations: { note: "n" },
          spec: {
            template: { ...SPEC.template, metadata: { labels: { app: "web" }, annotations: {} } },
          },
        },
      },
    });
  });

  it.each<readonly [unknown, string]>([
    ["text", "is no object"],
    [[1], "is no object"],
    [{}, "is an object without a kind"],
    [{ kind: "Deployment", apiVersion: "apps/v1" }, "is Deployment (apps/v1)"],
    [{ kind: "Job", apiVersion: "batch/v1beta1" }, "is Job (batch/v1beta1)"],
    [{ kind: 7, apiVersion: ["batch/v1"] }, "is an object without a kind"],
    [toJob({ name: "a" }, { spec: null }), "has no spec"],
    [toJob({ name: "a" }, { spec: "x" }), "has no spec"],
    [toJob({ name: "a" }, { metadata: null }), "has no metadata"],
    [toJob({}), "has no metadata.name"],
    [toJob({ name: 7 }), "has a metadata.name that is no text"],
    [toJob({ name: "../secrets" }), 'has the name "../secrets"'],
    [toJob({ name: "a".repeat(64) }), "at most 63 characters"],
    [toJob({ name: "a", namespace: "a/b" }), 'has the namespace "a/b"'],
    [toJob({ name: "a", labels: { version: 1 } }), "metadata.labels.version that is no text"],
    [toJob({ name: "a", labels: [] }), "metadata.labels that is no map"],
    [toJob({ name: "a", finalizers: ["x/y"] }), "has metadata.finalizers"],
  ])("is refused with what is wrong with it: %j", (document, message) => {
    const read = readJob(document);
    expect(read.ok ? "" : read.error).toContain(message);
  });
});

describe("the files of apply-job", () => {
  let folder: ReturnType<typeof temporaryFolder>;

  beforeAll(() => {
    folder = temporaryFolder();
  });

  afterAll(() => folder[Symbol.dispose]());

  const options = { namespace: "default", policy: "recreate" } as const;
  const write = (name: string, text: string): string => {
    const file = join(folder.path, name);
    writeFileSync(file, text);
    return file;
  };
  const toYaml = (name: string): string => JSON.stringify(toJob({ name }));

  it("may have several documents and lists, and empty documents", async () => {
    const list = { apiVersion: "batch/v1", kind: "JobList", items: [toJob({ name: "c" })] };
    const files = [
      write("two.yaml", `---\n---\n${toYaml("a")}\n---\n# nothing\n---\n${toYaml("b")}\n`),
      write("list.json", JSON.stringify(list)),
    ];
    const jobs = await readFiles(files, options);
    expect(jobs.map(({ job, namespace }) => `${namespace}/${job.name}`)).toEqual([
      "default/a",
      "default/b",
      "default/c",
    ]);
  });

  it.each<readonly [string, string, string]>([
    ["broken.yaml", "a: [", "line"],
    ["binary.yaml", "\u0000\u0001", "binary.yaml"],
    ["empty.yaml", "", "there is no Job in"],
    ["other.yaml", "kind: Pod\napiVersion: v1\n", "is Pod (v1)"],
    ["twice.yaml", `${toYaml("a")}\n---\n${toYaml("a")}`, "has the same Job as"],
    ["generated.yaml", JSON.stringify(toJob({ generateName: "a-" })), "has only generateName"],
    ["deep.json", `${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`, "nested"],
  ])("are refused whole if one has a fault: %s", async (name, text, message) => {
    const files = [write("good.yaml", toYaml("good")), write(name, text)];
    const asked = name === "empty.yaml" ? files.slice(1) : files;
    await expect(readFiles(asked, options)).rejects.toMatchObject({
      code: "Invalid",
      message: expect.stringContaining(message),
    });
  });

  it("may have the beginning of a name, if the name is made from the content anyway", async () => {
    const file = write("generated.yaml", JSON.stringify(toJob({ generateName: "migrate-" })));
    const [read] = await readFiles([file], { ...options, policy: "newName" });
    expect(read?.job.name).toBe("migrate");
  });

  it("names every file that cannot be read", async () => {
    const files = [join(folder.path, "none.yaml"), write("other.yaml", "kind: Pod")];
    await expect(readFiles(files, options)).rejects.toThrow(/none\.yaml[^]*other\.yaml/);
  });
});
