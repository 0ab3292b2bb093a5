import { expect, it } from "vitest";
import { chooseVersions } from "../../../core/mirror/choose-version.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";

/** A cluster that serves widgets in these versions, the preferred one first. */
function serving(versions: readonly string[], namespaced = true) {
  const type = { group: "example.com", resource: "widgets", kind: "Widget", namespaced };
  return createCatalog(
    versions.map((version, index) => ({ ...type, version, preferred: index === 0 })),
    "discovery",
  );
}

it.each([
  [["v1"], ["v1"], "v1", "v1"],
  [["v1", "v1beta1"], ["v1beta1"], "v1beta1", "v1beta1"],
  [["v1", "v1beta1"], ["v1beta1", "v1"], "v1beta1", "v1beta1"],
  [["v2", "v1"], ["v3", "v1"], "v1", "v1"],
  [["v1"], ["v1beta1"], "v1", "v1beta1"],
])("a resource served as %j and as %j is read as %s and written as %s", (from, to, read, write) => {
  expect(chooseVersions("widgets.example.com", serving(from), serving(to))).toMatchObject({
    ok: true,
    value: { read: { version: read }, write: { version: write } },
  });
});

it.each([
  [serving([]), serving(["v1"]), "NotServed", "the source's cluster"],
  [serving(["v1"]), serving([]), "NotServed", "the target"],
  [serving(["v1"]), serving(["v1"], false), "OtherScope", "cluster-scoped"],
])("is refused if one of the clusters does not serve it alike", (from, to, code, where) => {
  expect(chooseVersions("widgets.example.com", from, to)).toMatchObject({
    ok: false,
    error: { code, message: expect.stringContaining(where) as unknown },
  });
});
