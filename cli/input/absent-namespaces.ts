import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import { toNamespaceAddress } from "../../adapters/kubernetes/api/namespace-address.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { orNothing } from "../../core/errors.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import {
  findNamedNamespaces,
  type NamedNamespace,
} from "../../core/pipeline/rights/named-namespaces.ts";
import { readField } from "../../core/json/read-json.ts";
import { suggestName } from "../../core/text/suggest.ts";

export type AbsentNamespace = {
  readonly name: string;
  /** In a sentence without its end. */
  readonly message: string;
  readonly fix: string;
};

/** Names are suggested from this many namespaces. */
const LISTED = 1000;

/** The namespaces that a pipeline names and that do not exist in the cluster. One that the user may not read counts as existing. */
export async function readAbsentNamespaces(
  client: KubernetesClient,
  pipeline: Pipeline,
  signal: AbortSignal,
): Promise<readonly AbsentNamespace[]> {
  const named = findNamedNamespaces(pipeline);
  const exist = await Promise.all(named.map(({ name }) => exists(client, name, signal)));
  const absent = named.filter((_, index) => exist[index] === false);
  if (absent.length === 0) return [];
  const known = await readNames(client, signal);
  return absent.map((one) => describe(one, known));
}

async function exists(
  client: KubernetesClient,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const read = await orNothing("Forbidden", () =>
    getObject(client, toNamespaceAddress(name), signal),
  );
  return read !== null;
}

async function readNames(
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const query = { limit: LISTED };
  const listing = await orNothing("Forbidden", () =>
    client.request({ method: "GET", path: "/api/v1/namespaces", query, signal }),
  );
  const items = readField(listing, "items");
  if (!Array.isArray(items)) return [];
  return (items as readonly unknown[]).map((item) => String(readField(item, "metadata", "name")));
}

function describe({ name, rules }: NamedNamespace, known: readonly string[]): AbsentNamespace {
  const near = suggestName(name, known);
  const who = rules.length === 0 ? "watch" : `rule ${rules.join(", rule ")}`;
  return {
    name,
    message: `the namespace ${name} (${who}) does not exist, so nothing happens in it, and the relay's chart cannot be installed`,
    fix: near === undefined ? "create it, or correct its name" : `did you mean ${near}?`,
  };
}
