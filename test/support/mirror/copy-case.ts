import { findMirror } from "../../../core/pipeline/mirror-rule.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { copyObject } from "../../../functions/transfer/copy/copy-object.ts";
import type { CopyOutcome } from "../../../functions/transfer/copy/copy-outcome.ts";
import type { ObjectWork } from "../../../functions/transfer/copy/transfer-context.ts";
import { CopyServer } from "./copy-server.ts";
import { SOURCE_CLUSTER, toSource } from "./mirror-case.ts";
import { TARGET, toMirrorRule } from "./mirror-world.ts";

/** The path of a ConfigMap of the namespace shop. */
export function toConfigMapPath(name = "settings"): string {
  return `/api/v1/namespaces/shop/configmaps/${name}`;
}

const KUBE_SYSTEM = "/api/v1/namespaces/kube-system";

/** The ConfigMap shop/settings of a source and its copy, on two servers in this process. */
export class CopyCase {
  readonly source: CopyServer = new CopyServer();
  readonly target: CopyServer = new CopyServer();
  readonly path: string = toConfigMapPath();
  nowMs: number = Date.parse("2026-03-01T10:00:00Z");
  readonly #rules: readonly Rule[];

  /** The first rule is the one that copies. */
  constructor(
    rules: readonly Rule[] = [toMirrorRule("mirror-it", { on: { resource: "configmaps" } })],
  ) {
    this.#rules = rules;
    this.setCluster(SOURCE_CLUSTER.uid);
  }

  setSource(fields: Readonly<Record<string, unknown>> = {}): void {
    this.source.put(this.path, toSource(fields));
  }

  /** The cluster to which the address of the source leads from now on. */
  setCluster(uid: string): void {
    const metadata = { name: "kube-system", uid, resourceVersion: "1" };
    this.source.put(KUBE_SYSTEM, { apiVersion: "v1", kind: "Namespace", metadata });
  }

  get copy(): KubernetesObject | undefined {
    return this.target.objects.get(this.path);
  }

  /** Changes the copy, as somebody of the target does. */
  change(fields: Readonly<Record<string, unknown>>): void {
    const { metadata, ...body } = fields;
    const copy = this.copy;
    if (copy === undefined) throw new Error("there is no copy");
    this.target.put(this.path, {
      ...copy,
      ...body,
      metadata: { ...copy.metadata, ...(metadata as object) },
    });
  }

  run(options: Partial<Pick<ObjectWork, "isNew" | "ownersUntilMs">> = {}): Promise<CopyOutcome> {
    const mirrored = this.#rules.map((rule) => ({ rule, mirror: toMirror(rule) }));
    const [own] = mirrored;
    if (own === undefined) throw new Error("no rule");
    const work = {
      ...own,
      rules: mirrored,
      source: { client: this.source.client, discovery: this.source.discovery, ...SOURCE_CLUSTER },
      target: { client: this.target.client, discovery: this.target.discovery, name: TARGET },
      object: { namespace: "shop", name: "settings" },
      isNew: false,
      ownersUntilMs: 0,
      now: () => this.nowMs,
      ...options,
    } as unknown as ObjectWork;
    return copyObject(work, new AbortController().signal);
  }
}

function toMirror(rule: Rule) {
  const mirror = findMirror(rule);
  if (mirror === undefined) throw new Error(`${rule.id} does not mirror`);
  return mirror;
}
