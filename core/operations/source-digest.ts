import { sha256 } from "../../events/ids.ts";
import { RECORD_GROUP } from "../../events/remediation.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { isObject, readField, readOwn } from "../json/read-json.ts";

/** The value at a dotted path of an object. */
export function readSource(object: unknown, path: string): unknown {
  return readField(object, ...path.split("."));
}

/** sha256 of the canonical JSON at a dotted path, or of `null` if there is no value. The order of keys does not matter. */
export function toSourceDigest(object: unknown, path: string): string {
  return sha256(toCanonicalJson(readSource(object, path) ?? null));
}

/** As `kubectl rollout restart` does it. */
export const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
/** The Deployment controller adds it to the template of a ReplicaSet. */
const TEMPLATE_HASH = "pod-template-hash";

/** A Pod template without what says nothing about its content: the hash of a ReplicaSet, the time of a restart, our own annotations. */
export function toPlainTemplate(template: unknown): unknown {
  const metadata = readOwn(template, "metadata");
  if (!isObject(template) || !isObject(metadata)) return template;
  const { labels, annotations, ...rest } = metadata;
  return {
    ...template,
    metadata: {
      ...rest,
      ...keep("labels", labels, (name) => name !== TEMPLATE_HASH),
      ...keep("annotations", annotations, (name) => !isOwn(name)),
    },
  };
}

/** sha256 of the canonical JSON of that: two templates with the same digest give the same Pods. */
export function toTemplateDigest(template: unknown): string {
  return sha256(toCanonicalJson(toPlainTemplate(template) ?? null));
}

function isOwn(name: string): boolean {
  return name === RESTARTED_AT || name.startsWith(`${RECORD_GROUP}/`);
}

/** The map without the others; no map if nothing is left. */
function keep(
  field: string,
  map: unknown,
  isKept: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  if (!isObject(map)) return map === undefined || map === null ? {} : { [field]: map };
  const kept = Object.entries(map).filter(([name]) => isKept(name));
  return kept.length === 0 ? {} : { [field]: Object.fromEntries(kept) };
}
