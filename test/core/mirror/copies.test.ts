import fc from "fast-check";
import { expect, it } from "vitest";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import { findDrift } from "../../../core/mirror/find-drift.ts";
import { toDesired } from "../../../core/mirror/to-desired.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { toManagedFields } from "../../support/mirror/applied.ts";
import { arbitrarySource, type ArbitrarySource } from "../../support/mirror/arbitrary-sources.ts";
import { findCopyFaults, type CopyRules } from "../../support/mirror/check-copy.ts";
import { SOURCE_CLUSTER, toContext } from "../../support/mirror/mirror-case.ts";

const WRITTEN = {
  namespaces: { shop: "shop-dr" },
  names: { prefix: "eu-" },
  labels: { set: { copied: "yes" }, remove: ["app.kubernetes.io/name"] },
  images: [
    { from: "registry.a/x/", to: "registry.c/" },
    { from: "registry.a/", to: "registry.b/" },
  ],
};
const RULES: CopyRules = {
  rule: "mirror-it",
  clusterUid: SOURCE_CLUSTER.uid,
  namespaces: WRITTEN.namespaces,
  prefix: "eu-",
  labels: WRITTEN.labels.set,
  removedLabels: WRITTEN.labels.remove,
  images: WRITTEN.images.map(({ from, to }) => [from, to] as const),
};

function toCopy({ source, type }: ArbitrarySource) {
  const desired = toDesired(source, toContext(WRITTEN, { type }));
  if (!desired.ok) throw new Error(desired.error.message);
  return desired.value;
}

it("a copy is its source, but for what is left out and what the rule changes", () => {
  fc.assert(
    fc.property(arbitrarySource, (one) => {
      const { manifest } = toCopy(one);
      const {
        "kubemend.dev/mirror-digest": _digest,
        "kubemend.dev/source-version": _version,
        ...annotations
      } = manifest.metadata.annotations ?? {};
      const copy = { ...manifest, metadata: { ...manifest.metadata, annotations } };
      expect(findCopyFaults(one.source, copy, RULES, "exact")).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

it("a source is not changed by being copied, and gives the same copy again", () => {
  fc.assert(
    fc.property(arbitrarySource, (one) => {
      const before = structuredClone(one.source);
      const copy = toCopy(one);
      expect(one.source).toEqual(before);
      expect(toCopy(one)).toEqual(copy);
    }),
  );
});

it("a copy does not differ from itself, whatever an API server adds to it", () => {
  fc.assert(
    fc.property(
      arbitrarySource,
      fc.dictionary(fc.stringMatching(/^z[a-z]+$/), fc.string()),
      (one, added) => {
        const { manifest } = toCopy(one);
        const stored = {
          ...added,
          ...manifest,
          metadata: {
            ...manifest.metadata,
            uid: "u",
            managedFields: toManagedFields(manifest),
            labels: { ...added, ...manifest.metadata.labels },
          },
        };
        expect(findDrift(manifest, stored)).toEqual([]);
      },
    ),
  );
});

it("one decision after the other ends with a copy that needs nothing, and what was written last is the newest source", () => {
  fc.assert(
    fc.property(fc.array(arbitrarySource, { minLength: 1, maxLength: 4 }), (sources) => {
      const [first] = sources;
      let target: KubernetesObject | null = null;
      for (const [index, one] of sources.entries()) {
        const metadata = { ...one.source.metadata, name: "a", namespace: "shop", uid: "u" };
        const source = { ...one.source, metadata: { ...metadata, resourceVersion: `${index}` } };
        if (first === undefined || one.type.kind !== first.type.kind) continue;
        const { desired, step } = decideOn({ source, type: one.type }, target);
        if (step.outcome === "create" || step.outcome === "update") {
          const { manifest } = step.desired;
          const managedFields = toManagedFields(manifest);
          const of = { uid: "copy", resourceVersion: `${index}`, managedFields };
          const stored = { ...manifest.metadata, ...of };
          target = { ...manifest, metadata: stored };
        }
        expect(decideOn({ source, type: one.type }, target).step.outcome).toBe("nothing");
        // A source of which nothing has changed that is copied leaves its version as it is.
        const { "kubemend.dev/source-version": _version, ...annotations } =
          desired.manifest.metadata.annotations ?? {};
        expect(target).toMatchObject({ metadata: { annotations } });
      }
    }),
    { numRuns: 200 },
  );
});

function decideOn(one: ArbitrarySource, target: KubernetesObject | null) {
  const context = toContext(WRITTEN, { type: one.type });
  const desired = toCopy(one);
  const step = decideMirror({
    rule: { id: "mirror-it" },
    mirror: context.mirror,
    clusterUid: SOURCE_CLUSTER.uid,
    targetUid: "uid-of-cluster-b",
    isCopiedBack: false,
    place: { namespace: "shop", name: "a" },
    source: { outcome: "mirrored", uid: "u", desired },
    target,
    otherRules: new Set(),
  });
  return { desired, step };
}
