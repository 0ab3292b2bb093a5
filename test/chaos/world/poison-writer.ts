import { randomBytes } from "node:crypto";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { toRawInteger } from "../../../events/json.ts";
import { createOwnObjects, type Content } from "./own-objects.ts";
import type { Random } from "../random.ts";
import type { TruthLog } from "../check/truth.ts";
import type { Writer } from "./writer.ts";

/** Objects that somebody made to hurt a reader. What the API server answers about them is a part of the truth like anything else. */
export type PoisonWriter = Pick<Writer, "relearn"> & {
  /** One write: a new object, another kind of poison in an existing one, or a deletion. */
  readonly write: () => Promise<void>;
};

const CONFIG_MAPS = ["poison-0", "poison-1", "poison-2"];
const THINGS = ["thing-0", "thing-1", "thing-2"];
/** Just over the limit, and about as deep as JSON.stringify can still write. */
const LEVELS = [501, 600, 4_000];

export function createPoisonWriter(deps: {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly log: TruthLog;
  readonly random: Random;
}): PoisonWriter {
  const { random } = deps;
  const configMaps = createOwnObjects({ ...deps, id: "poison" });
  const things = createOwnObjects({ ...deps, id: "thing", resource: "things" });
  return {
    async write() {
      const isThing = random.chance(0.5);
      const [objects, names] = isThing
        ? ([things, THINGS] as const)
        : ([configMaps, CONFIG_MAPS] as const);
      const name = random.pick(names);
      const held = objects.find(name);
      if (held !== undefined && random.chance(0.3)) await objects.remove(name, held);
      else await objects.put(name, "red", isThing ? toThing(random) : toConfigMap(random));
    },
    async relearn() {
      for (const name of CONFIG_MAPS) await configMaps.observe(name, "rolled back");
      for (const name of THINGS) await things.observe(name, "rolled back");
    },
  };
}

function toConfigMap(random: Random): Content {
  return random.pick<() => Content>([
    // SQS refuses these characters.
    () => ({ data: { text: "\u0001\u001b\ufffe\uffff" }, annotations: { text: "\ufffe" } }),
    () => ({ annotations: { large: "x".repeat(200_000) }, data: {} }),
    // Too large for a message, even if it is packed.
    () => ({ data: { noise: randomBytes(785_000).toString("base64") } }),
    () => ({
      data: Object.fromEntries(Array.from({ length: 20_000 }, (_, key) => [`k${key}`, ""])),
    }),
  ])();
}

function toThing(random: Random): Content {
  return random.pick<() => Content>([
    () => ({ spec: toNested(random.pick(LEVELS)) }),
    () => ({ spec: { count: toRawInteger(2n ** 63n - 1n), negative: toRawInteger(-(2n ** 60n)) } }),
    () => ({ spec: { count: toRawInteger(2n ** 62n), deep: toNested(random.pick(LEVELS)) } }),
  ])();
}

function toNested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}
