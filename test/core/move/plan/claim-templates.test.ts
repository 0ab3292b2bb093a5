import fc from "fast-check";
import { expect, it } from "vitest";
import { findClaims } from "../../../../core/move/plan/claim-templates.ts";

const place = { named: "StatefulSet shop/db", namespace: "shop", name: "db" };

it("the claims of a StatefulSet are named, as its controller names them", () => {
  const volumeClaimTemplates = [{ metadata: { name: "data" } }, { metadata: { name: "logs" } }];
  const claims = findClaims({ spec: { volumeClaimTemplates } }, place);
  expect(claims.map(({ field, refersTo }) => `${field}: ${refersTo}`)).toEqual([
    "spec.volumeClaimTemplates[0]: PersistentVolumeClaim shop/data-db-*",
    "spec.volumeClaimTemplates[1]: PersistentVolumeClaim shop/logs-db-*",
  ]);
});

it("any JSON is looked at without failing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) =>
      Array.isArray(findClaims({ spec: { volumeClaimTemplates: value } }, place)),
    ),
  );
});
