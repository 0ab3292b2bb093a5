import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMON_RIGHTS_CASE } from "../../support/actions/common-rights-case.ts";
import { carryOut, type RightsCase } from "../../support/actions/rights-case.ts";
import { RIGHTS_CASES } from "../../support/actions/rights-cases.ts";
import {
  describeRight,
  listRights,
  withoutRight,
  type Right,
} from "../../support/actions/rights.ts";
import { connectWithGrants } from "../../support/functions/granted-client.ts";
import { createObject } from "../../support/functions/many-targets.ts";
import {
  startRemediationWorld,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

/** The rights of every remediation: COMMON_RIGHTS_CASE is about them. */
const COMMON = /remediations|ruleguards|events\.|namespaces\./;

let world: RemediationWorld;
let runs = 0;

beforeAll(async () => {
  world = await startRemediationWorld({
    apiServerFlags: ["--enable-admission-plugins=OwnerReferencesPermissionEnforcement"],
  });
  await createObject(world, "serviceaccounts", "default", { metadata: { name: "default" } });
});

afterAll(async () => {
  await world?.stop();
});

function nextName(): string {
  runs += 1;
  return `rights-${runs}`;
}

/** The rights that a case is about. */
function listOwnRights(one: RightsCase): readonly Right[] {
  const isOwn = (right: Right): boolean => {
    const isCommon = COMMON.test(describeRight(right));
    return one === COMMON_RIGHTS_CASE
      ? isCommon
      : !isCommon || (one.action === "emitEvent" && right.resource === "events");
  };
  return listRights(one.grants).filter(isOwn);
}

/** The API server's words if it refuses a request because this right is missing. */
function toRefusal({ verb, resource }: Right): string {
  if (resource.endsWith("/finalizers")) return "cannot set blockOwnerDeletion";
  return `cannot ${verb} resource "${resource}"`;
}

describe.each([...RIGHTS_CASES, COMMON_RIGHTS_CASE])("$what", (one) => {
  it.each(one.situations)("succeeds with the rights of its rule: $what", async ({ start }) => {
    const attempt = await start(world, nextName());
    const client = await connectWithGrants(world, nextName(), one.grants);
    const { phase, said } = await carryOut(world, attempt, client);
    await client.close();
    expect({ phase, said }).toMatchObject({ phase: "Succeeded" });
  });

  it.each(listOwnRights(one).map((right) => ({ right, what: describeRight(right) })))(
    "is refused without the right to $what, and does nothing that it is for",
    async ({ right }) => {
      const client = await connectWithGrants(world, nextName(), withoutRight(one.grants, right));
      const unrefused: string[] = [];
      let isRefused = false;
      for (const { what, start } of one.situations) {
        const attempt = await start(world, nextName());
        const before = await attempt.look(right);
        const { phase, said } = await carryOut(world, attempt, client);
        if (!said.includes(toRefusal(right))) {
          unrefused.push(`${what}: ${phase} ${said}`);
          continue;
        }
        isRefused = true;
        expect(await attempt.look(right)).toEqual(before);
      }
      await client.close();
      expect({ isRefused, unrefused }).toMatchObject({ isRefused: true });
    },
  );
});
