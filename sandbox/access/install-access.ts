import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "../../adapters/create-folder.ts";
import { toFieldTerm } from "../../adapters/kubernetes/api/field-selector.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { Permission } from "../../core/actions/contract/action.ts";
import type { Grant } from "../../core/pipeline/rights/grants.ts";
import { isKubemendError } from "../../core/errors.ts";
import { applyObject } from "./apply-object.ts";
import { installAdmission } from "./install-admission.ts";
import { installCrd } from "./install-crd.ts";
import { writeKubeconfig } from "../control-plane/kubeconfig.ts";

const IDENTITIES = ["relay", "normalize", "remediate", "transfer", "notify", "sweep"] as const;
/** A part of Kubemend that uses the cluster's API, as the ServiceAccount `kubemend-<identity>`. */
export type Identity = (typeof IDENTITIES)[number];

/** The namespace of Kubemend's ServiceAccounts, records and Lease. */
export const HOME_NAMESPACE = "kubemend";

export type AccessOptions = {
  /** An administrator's. */
  readonly client: KubernetesClient;
  /** PEM file of the CA that verifies the server's certificate. */
  readonly caFile: string;
  /** Folder that receives one kubeconfig file per identity, with mode 0600. */
  readonly dir: string;
  /** An identity that is not listed has no permissions. */
  readonly permissions: Readonly<Partial<Record<Identity, readonly (Grant | Permission)[]>>>;
  /** Paths of CRD files. */
  readonly crds: readonly string[];
  /** Paths of admission policy files, which are in effect when `installAccess` resolves. */
  readonly admission?: readonly string[] | undefined;
  /** Created in addition to Kubemend's own. */
  readonly namespaces?: readonly string[] | undefined;
};

/**
 * Gives each part of Kubemend its ServiceAccount, exactly these permissions (a ClusterRole, and a Role in each namespace that they name,
 * which is created) and a kubeconfig with a bounded token, and installs the CRDs, which are served when this resolves. Idempotent:
 * permissions that are no longer listed are removed. Throws the KubemendError for what the API server answers.
 */
export async function installAccess(
  options: AccessOptions,
  signal?: AbortSignal,
): Promise<Readonly<Record<Identity, string>>> {
  createFolder(options.dir, 0o700);
  const { client } = options;
  for (const name of toNamespaces(options)) {
    await applyObject(client, "/api/v1/namespaces", toObject("v1", "Namespace", { name }), signal);
  }
  await Promise.all(options.crds.map((file) => installCrd(client, file, signal)));
  for (const file of options.admission ?? []) await installAdmission(client, file, signal);
  const ca = readFileSync(options.caFile, "utf8");
  const entries = await Promise.all(
    IDENTITIES.map(async (identity) => {
      const account = `kubemend-${identity}`;
      await grant(client, account, toGrants(options.permissions[identity]), signal);
      const path = join(options.dir, `${identity}.kubeconfig`);
      writeKubeconfig(path, {
        server: client.server,
        ca,
        token: await requestToken(client, account, signal),
        user: account,
        namespace: HOME_NAMESPACE,
      });
      return [identity, path] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<Identity, string>;
}

const RBAC = "rbac.authorization.k8s.io";

/** A permission without a place is granted cluster-wide. */
function toGrants(listed: readonly (Grant | Permission)[] = []): readonly Grant[] {
  const wide = listed.filter((one) => "verbs" in one);
  const placed = listed.filter((one) => "rules" in one);
  return wide.length === 0 ? placed : [{ namespace: null, rules: wide }, ...placed];
}

function toNamespaces({ permissions, namespaces = [] }: AccessOptions): ReadonlySet<string> {
  const granted = Object.values(permissions).flatMap((grants) =>
    toGrants(grants).flatMap(({ namespace }) => (namespace === null ? [] : [namespace])),
  );
  return new Set([HOME_NAMESPACE, ...namespaces, ...granted]);
}

async function grant(
  client: KubernetesClient,
  account: string,
  grants: readonly Grant[],
  signal?: AbortSignal,
): Promise<void> {
  await applyObject(
    client,
    `/api/v1/namespaces/${HOME_NAMESPACE}/serviceaccounts`,
    toObject("v1", "ServiceAccount", { name: account }),
    signal,
  );
  const wide = grants.find(({ namespace }) => namespace === null);
  await grantIn(client, account, { namespace: null, rules: wide?.rules ?? [] }, signal);
  const narrow = grants.filter(({ namespace }) => namespace !== null);
  for (const one of narrow) await grantIn(client, account, one, signal);
  await revokeElsewhere(client, account, narrow, signal);
}

async function grantIn(
  client: KubernetesClient,
  account: string,
  { namespace, rules }: Grant,
  signal?: AbortSignal,
): Promise<void> {
  const version = `${RBAC}/v1`;
  const metadata = { name: account };
  const kind = namespace === null ? "ClusterRole" : "Role";
  const collection =
    namespace === null ? `/apis/${version}/cluster` : `/apis/${version}/namespaces/${namespace}/`;
  await applyObject(
    client,
    `${collection}roles`,
    toObject(version, kind, metadata, { rules }),
    signal,
  );
  await applyObject(
    client,
    `${collection}rolebindings`,
    toObject(version, `${kind}Binding`, metadata, {
      roleRef: { apiGroup: RBAC, kind, name: account },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: HOME_NAMESPACE }],
    }),
    signal,
  );
}

/** Takes back what an earlier pipeline needed in other namespaces. */
async function revokeElsewhere(
  client: KubernetesClient,
  account: string,
  grants: readonly Grant[],
  signal?: AbortSignal,
): Promise<void> {
  const wanted = new Set(grants.map(({ namespace }) => namespace));
  const { items } = await client.request<{ readonly items: readonly Placed[] }>({
    method: "GET",
    path: `/apis/${RBAC}/v1/rolebindings`,
    query: { fieldSelector: toFieldTerm("metadata.name", account) },
    signal,
  });
  for (const { metadata } of items) {
    if (wanted.has(metadata.namespace)) continue;
    for (const collection of ["rolebindings", "roles"]) {
      const path = `/apis/${RBAC}/v1/namespaces/${metadata.namespace}/${collection}/${account}`;
      try {
        await client.request({ method: "DELETE", path, signal });
      } catch (error) {
        if (!isKubemendError(error, "NotFound")) throw error;
      }
    }
  }
}

type Placed = { readonly metadata: { readonly namespace: string } };

/** A sandbox may run for days and nobody renews its tokens; each start requests new ones. */
const TOKEN_SECONDS = 30 * 24 * 3_600;

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
async function requestToken(
  client: KubernetesClient,
  account: string,
  signal?: AbortSignal,
): Promise<string> {
  const answer = await client.request<{ readonly status: { readonly token: string } }>({
    method: "POST",
    path: `/api/v1/namespaces/${HOME_NAMESPACE}/serviceaccounts/${account}/token`,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
    signal,
  });
  return answer.status.token;
}

type Named = { readonly metadata: { readonly name: string } };

function toObject(
  apiVersion: string,
  kind: string,
  metadata: Named["metadata"],
  rest: object = {},
): Named {
  const head = { apiVersion, kind };
  return { ...head, metadata, ...rest };
}
