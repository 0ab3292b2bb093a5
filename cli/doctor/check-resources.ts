import { join } from "node:path";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { Discovery } from "../../adapters/kubernetes/api/discovery.ts";
import { findUnwatchableIssues } from "../../core/pipeline/unwatchable.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { findResource, suggestResource } from "../../core/references/find-resource.ts";
import { readAbsentNamespaces } from "../input/absent-namespaces.ts";
import { findMissingFields } from "./definition-age.ts";
import { failed, passed, type Check, type Finding } from "./finding.ts";
import { isKubemendError } from "../../core/errors.ts";

/** Whether the cluster serves what each rule is about. */
export function checkResources(discovery: Discovery, pipeline: Pipeline): Check {
  return async (signal) => {
    const catalog = await discovery.catalog(signal);
    const check = "resources";
    const names = [
      ...pipeline.rules.map(({ on }) => on.resource),
      ...pipeline.watch.map(({ resource }) => resource),
    ];
    const absent = [...new Set(names)].filter((name) => findResource(catalog, name) === undefined);
    const faults = absent.map((name) => {
      const near = suggestResource(catalog, name);
      const fix =
        near === undefined
          ? `install what defines ${name}, or remove the rule`
          : `did you mean ${near}?`;
      return failed(check, `the cluster does not serve ${name}`, fix);
    });
    const unwatchable = findUnwatchableIssues(pipeline, catalog).map(({ message, hint }) =>
      failed(check, message, hint ?? "choose another resource"),
    );
    const all = [...faults, ...unwatchable];
    return all.length > 0
      ? all
      : [passed(check, `all ${new Set(names).size} of the pipeline are served`)];
  };
}

/** Whether the namespaces exist that the pipeline names. */
export function checkNamespaces(client: KubernetesClient, pipeline: Pipeline): Check {
  return async (signal) => {
    const check = "namespaces";
    const absent = await readAbsentNamespaces(client, pipeline, signal);
    if (absent.length > 0) return absent.map(({ message, fix }) => failed(check, message, fix));
    return [passed(check, "all that the pipeline names exist")];
  };
}

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** Each with its file in infra/crds. */
const DEFINITIONS = [
  ["remediations", "remediations.yaml"],
  ["ruleguards", "ruleguards.yaml"],
  ["alertgroups", "alert-groups.yaml"],
  ["silences", "silences.yaml"],
  ["mirrors", "mirrors.yaml"],
  ["moves", "moves.yaml"],
  ["movesteps", "move-steps.yaml"],
] as const;

const SHOWN = 3;

type Definition = {
  readonly spec?: {
    readonly versions?: readonly { readonly name: string; readonly served: boolean }[];
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

/** Whether the definitions of records are installed, in use, and of this version. */
export function checkDefinitions(client: KubernetesClient, root: string): Check {
  return (signal) =>
    Promise.all(
      DEFINITIONS.map(([resource, file]) =>
        checkDefinition(
          client,
          { name: `${resource}.kubemend.dev`, file: join(root, "infra", "crds", file) },
          signal,
        ),
      ),
    );
}

async function checkDefinition(
  client: KubernetesClient,
  { name, file }: { readonly name: string; readonly file: string },
  signal: AbortSignal,
): Promise<Finding> {
  const check = `definition ${name}`;
  const fix =
    "install the chart with crds.install=true, or kubectl apply --server-side -f infra/crds";
  try {
    const installed = await client.request<Definition>({
      method: "GET",
      path: `${CRDS}/${name}`,
      signal,
    });
    const { spec, status } = installed;
    const isServed = spec?.versions?.some(
      (version) => version.name === "v1alpha1" && version.served,
    );
    const isEstablished = status?.conditions?.some(
      ({ type, status: is }) => type === "Established" && is === "True",
    );
    if (isServed !== true || isEstablished !== true) {
      return failed(check, "it is installed, and v1alpha1 is not served", fix);
    }
    const missing = findMissingFields(file, installed);
    if (missing.length === 0) return passed(check, "v1alpha1 is served");
    const what = missing.slice(0, SHOWN).join(", ");
    return failed(check, `it is older than this version, and lacks ${what}`, fix);
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return failed(check, "it is not installed", fix);
    throw error;
  }
}

const POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
const POLICY_NAMES = [
  "remediations.kubemend.dev",
  "ruleguards.kubemend.dev",
  "alerts.kubemend.dev",
  "mirrors.kubemend.dev",
  "moves.kubemend.dev",
];

type Named = {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly policyName?: string };
};
type List = { readonly items: readonly Named[] };

/** Whether the policies hold that keep everybody else from writing records. The chart puts its release before their names. */
export function checkPolicies(client: KubernetesClient): Check {
  return async (signal) => {
    const [policies, bindings] = await Promise.all(
      [POLICIES, BINDINGS].map((path) => client.request<List>({ method: "GET", path, signal })),
    );
    const names = policies?.items.map(({ metadata }) => metadata.name) ?? [];
    const bound = new Set(bindings?.items.map(({ spec }) => spec?.policyName));
    return POLICY_NAMES.map((wanted) => {
      const check = `policy ${wanted}`;
      const found = names.filter((name) => name === wanted || name.endsWith(`.${wanted}`));
      if (found.some((name) => bound.has(name))) return passed(check, "installed and bound");
      const what =
        found.length === 0 ? "it is not installed" : "it is installed and bound to nothing";
      return failed(
        check,
        what,
        "install the chart with admission.install=true, or kubectl apply -f infra/admission",
      );
    });
  };
}
