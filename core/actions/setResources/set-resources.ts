import * as v from "valibot";
import { readChangePath } from "../../operations/json-patch.ts";
import type { ChangePath } from "../../operations/operation.ts";
import { ok, type Result } from "../../result.ts";
import { readQuantity } from "../../text/quantity.ts";
import type { Action, ActionState, WrittenField } from "../contract/action.ts";
import { findContainer } from "../contract/find-container.ts";
import { createChangeAction } from "../contract/change-action.ts";
import {
  managedSchema,
  toRefusal,
  type LiveTarget,
  type Wanted,
  type WantedField,
} from "../contract/change-target.ts";
import { targetSchema, type Refusal, type TargetParameter } from "../contract/target.ts";
import { ROLLING, toRolloutCheck } from "../contract/workloads.ts";
import { amountSchema, toQuantity, type Amount } from "./amount.ts";

type Amounts = Readonly<Record<string, Amount>>;

export type SetResourcesParameters = {
  readonly target: TargetParameter;
  readonly container?: string | undefined;
  readonly requests: Amounts;
  readonly limits: Amounts;
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: { ...ROLLING, "cronjobs.batch": "CronJob" }, others: false };
const amounts = v.optional(v.record(v.pipe(v.string(), v.nonEmpty()), amountSchema), {});

/**
 * Sets requests and limits of one container in a Pod template: to a quantity, or to a multiple of what they are, up to a maximum. The
 * container may be left out if there is only one. Refused, besides what every action refuses, with NoContainer, NoCurrentValue, AtMaximum,
 * NoQuantity and RequestAboveLimit.
 */
export const setResources: Action<SetResourcesParameters> = createChangeAction({
  name: "setResources",
  targets: TARGETS,
  schema: v.strictObject({
    target: targetSchema(TARGETS),
    container: v.optional(v.pipe(v.string(), v.nonEmpty("expected the name of a container"))),
    requests: amounts,
    limits: amounts,
    managed: managedSchema,
  }),
  writes: toWrittenFields,
  decide: toFields,
});

/** The container that is not named is the only one. */
function toWrittenFields({
  container,
  requests,
  limits,
}: SetResourcesParameters): readonly WrittenField[] {
  const element = container === undefined ? {} : { name: container };
  return [[], ["jobTemplate", "spec"]].flatMap((job) => {
    const pod = ["spec", ...job, "template", "spec", "containers", element, "resources"];
    return [
      ...Object.keys(requests).map((key) => ({ path: [...pod, "requests", key] })),
      ...Object.keys(limits).map((key) => ({ path: [...pod, "limits", key] })),
    ];
  });
}

function toFields(
  { parameters, evaluate }: ActionState<SetResourcesParameters>,
  { object, address }: LiveTarget,
): Result<Wanted, Refusal> {
  const name = `${address.kind} ${address.name}`;
  const job = address.kind === "CronJob" ? ["jobTemplate", "spec"] : [];
  const pod = ["spec", ...job, "template", "spec"];
  const container = findContainer(object, pod, parameters.container, name);
  if (!container.ok) return container;
  const fields: WantedField[] = [];
  for (const list of ["requests", "limits"] as const) {
    for (const [resource, amount] of Object.entries(parameters[list])) {
      const path = [...container.value, "resources", list, resource];
      const current = readChangePath(object, path);
      const to = toQuantity(amount, current, `${list}.${resource} of ${name}`, evaluate);
      if (!to.ok) return to;
      const isSame = readQuantity(current) === readQuantity(to.value);
      fields.push({ path, to: isSame ? current : to.value });
    }
  }
  const excess = findExcess(object, container.value, fields);
  if (excess !== undefined) {
    const message = `${name}: the request of ${excess} would be above its limit: set both`;
    return toRefusal("RequestAboveLimit", message);
  }
  return ok({ fields, check: toRolloutCheck(address.kind) });
}

/** The resource of which more would be requested than the limit allows. */
function findExcess(
  object: unknown,
  container: ChangePath,
  fields: readonly WantedField[],
): string | undefined {
  const read = (list: string, resource: string): bigint | undefined => {
    const path = [...container, "resources", list, resource];
    const set = fields.find(
      (field) => field.path.at(-2) === list && field.path.at(-1) === resource,
    );
    const value = set === undefined ? readChangePath(object, path) : set.to;
    return readQuantity(value);
  };
  return fields
    .flatMap(({ path }) => path.slice(-1))
    .filter((key) => typeof key === "string")
    .find((resource) => {
      const [request, limit] = [read("requests", resource), read("limits", resource)];
      return request !== undefined && limit !== undefined && request > limit;
    });
}
