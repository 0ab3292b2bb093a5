/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import { meaningOf } from "./meaning-of.ts";

const FACTS = { typesOf: "the schemas", metadataOnly: true, nowMs: 0 };
const CLUSTERS = { clusters: [{ name: "dr", access: { secret: "dr" } }] };
const TWIN = "with the object of the same name and namespace there";

it.each([
  [{ cluster: "dr" }, true],
  [{ cluster: "dr", resource: "deployments.apps", namespace: "shop-dr", name: "eu-web" }, false],
])("an action in another cluster on %j says whether that is the twin", (target, isTwin) => {
  const on = { resource: "deployments.apps" };
  const rule = {
    on,
    once: "object",
    reach: ["shop-dr"],
    then: [{ scale: { target, replicas: 3 } }],
  };
  expect(meaningOf(rule, FACTS, CLUSTERS).includes(TWIN)).toBe(isTwin);
});
