import { describe, expect, it } from "vitest";
import type { KubernetesRequest } from "../../../../adapters/kubernetes/http/client.ts";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { APPLIED_ANNOTATION, toAppliedDigest } from "../../../../core/operations/job-manifest.ts";
import type { Pipeline } from "../../../../core/pipeline/pipeline.ts";
import { toJobAddress } from "../../../support/kubernetes/job-address.ts";

type Json = Readonly<Record<string, unknown>>;
type Body = { readonly metadata: { readonly name: string }; readonly spec: Json };

const TARGET = toJobAddress("migrate");
const toSpec = (container: Json): Json => ({
  template: { spec: { containers: [{ name: "main", ...container }], restartPolicy: "Never" } },
});
const MANIFEST = { labels: { app: "web" }, annotations: {}, spec: toSpec({ image: "web:1" }) };
const DEFAULTS = { backoffLimit: 6, completions: 1 };
const toLive = (container: Json, metadata: Json = {}): Json => ({
  metadata: { name: "migrate", uid: "job-uid", ...metadata },
  spec: { ...toSpec(container), ...DEFAULTS },
});

/** Compares with a live Job on a cluster whose webhook makes a container of what was sent. */
async function compare(
  live: Json | undefined,
  webhook: (name: string) => Json = () => ({}),
  redact: Pipeline["redact"] = [],
) {
  const posts: KubernetesRequest[] = [];
  const request = async <T>(asked: KubernetesRequest): Promise<T> => {
    if (asked.method === "GET") {
      if (live === undefined) throw new KubemendError("NotFound", "", { retryable: false });
      return live as T;
    }
    posts.push(asked);
    const { metadata } = asked.body as Body;
    const spec = { ...toSpec({ image: "web:1", ...webhook(metadata.name) }), ...DEFAULTS };
    return { metadata: { ...metadata, uid: `uid of ${metadata.name}` }, spec } as T;
  };
  const client = { request } as never;
  const executor = createExecutor({ client, pipeline: { redact }, sendAlert: async () => {} });
  const read = { type: "compareJob", as: "job", target: TARGET, manifest: MANIFEST } as const;
  const answer = await executor.read(read);
  if (answer.type !== "comparison") throw new Error(answer.type);
  return { ...answer, posts };
}

const IMAGE = "spec.template.spec.containers[0].image";

describe("a live Job is compared with what the API server would make of the rule's", () => {
  it("is asked with a dry run under another name, and only once if it is unchanged", async () => {
    const { differences, posts } = await compare(toLive({ image: "web:1" }));
    expect(differences).toEqual([]);
    expect(posts).toMatchObject([
      {
        path: "/apis/batch/v1/namespaces/data/jobs",
        query: { dryRun: "All", fieldValidation: "Strict" },
        body: { metadata: { name: expect.stringMatching(/^migrate-probe-/) } },
      },
    ]);
  });

  it("differs in its image", async () => {
    const { differences } = await compare(toLive({ image: "web:0" }));
    expect(differences).toEqual([IMAGE]);
  });

  it("is unchanged if a webhook adds the same to both", async () => {
    const webhook = (): Json => ({ env: [{ name: "PROXY", value: "http://proxy" }] });
    const { differences } = await compare(toLive({ image: "web:1", ...webhook() }), webhook);
    expect(differences).toEqual([]);
  });

  it("is unchanged if a webhook adds something else each time", async () => {
    const webhook = (name: string): Json => ({ env: [{ name: "OF", value: name }] });
    const { differences } = await compare(
      toLive({ image: "web:1", ...webhook("migrate") }),
      webhook,
    );
    expect(differences).toEqual([]);
  });

  it("is unchanged without asking if it says that it was made of the same", async () => {
    const annotations = { [APPLIED_ANNOTATION]: toAppliedDigest(MANIFEST) };
    const live = toLive({ image: "web:1", env: [{ name: "OLD" }] }, { annotations });
    const { differences, posts } = await compare(live);
    expect(differences).toEqual([]);
    expect(posts).toEqual([]);
  });

  it("is compared in its redacted parts too, and shows none of them", async () => {
    const redact = [{ resource: "jobs.batch", paths: [["spec", "template", "spec"]] }];
    const live = toLive({ image: "web:secret" });
    const { differences, object } = await compare(live, undefined, redact);
    expect(differences).toEqual([IMAGE]);
    expect(JSON.stringify(object)).not.toContain("web:secret");
  });

  it("is not compared while it is being deleted, or if there is none", async () => {
    const leaving = toLive({ image: "web:0" }, { deletionTimestamp: "2026-03-01T10:00:00Z" });
    expect((await compare(leaving)).posts).toEqual([]);
    expect(await compare(undefined)).toMatchObject({ object: null, differences: [], posts: [] });
  });
});
