import { resolve } from "node:path";
import { readStageSettings } from "../../infra/build/stage-settings.ts";
import { misuse } from "../terminal/misuse.ts";

/** A stage as its settings describe it, with the names that serverless.yml gives to its parts. */
export type Stage = {
  /** Absolute path of the settings. */
  readonly file: string;
  readonly name: string;
  readonly region: string;
  /** `kubemend-<stage>`: the stack, and the beginning of every name in it. */
  readonly prefix: string;
  /** Absolute path; absent if the settings name none. */
  readonly config: string | undefined;
  readonly access: string;
  readonly signing: string;
  readonly clusterName: string | undefined;
  /** Address of its API server, if the settings name it. */
  readonly clusterEndpoint: string | undefined;
  /** Of the cluster, if it is not the deployment's. */
  readonly clusterRegion: string;
  /** Profile of the AWS command line. */
  readonly profile: string | undefined;
  readonly oidcProvider: string | undefined;
  /** Of the relay, its Lease, its Secret and the records. */
  readonly namespace: string;
  readonly serviceAccount: string;
};

/** The name of a function in the cluster, to which its rights are bound, as the relay's chart writes it. */
export function toUserName({ namespace }: Pick<Stage, "namespace">, part: string): string {
  return `${namespace}:${part}`;
}

/**
 * The EKS cluster in which AWS gives functions and relay their identities; undefined: docs/access.md says what to prepare. With `eks-role`
 * the access entries are those of other roles, which the functions assume.
 */
export function findEksCluster({
  access,
  clusterName,
}: Pick<Stage, "access" | "clusterName">): string | undefined {
  return access === "eks" ? clusterName : undefined;
}

/** As in serverless.yml. */
const SERVICE = "kubemend";
const DEFAULT_STAGE = "dev";
const DEFAULT_REGION = "us-east-1";

/** The beginning of the names of a stage's functions, queues and keys. */
export function toPrefix(stage: string): string {
  return `${SERVICE}-${stage}`;
}

/** Throws `InvalidConfiguration` that names everything in the file that is no setting. */
export function readStage(file: string): Stage {
  const read = readStageSettings(resolve(file));
  if (!read.ok) throw misuse(read.error.join("\n"));
  const get = (name: string): string | undefined => read.value[name] || undefined;
  const name = get("KUBEMEND_STAGE") ?? DEFAULT_STAGE;
  const region = get("KUBEMEND_REGION") ?? DEFAULT_REGION;
  return {
    file: resolve(file),
    name,
    region,
    prefix: toPrefix(name),
    config: get("KUBEMEND_CONFIG"),
    access: get("KUBEMEND_ACCESS") ?? "kubeconfig",
    signing: get("KUBEMEND_SIGNING") ?? "none",
    clusterName: get("KUBEMEND_EKS_NAME"),
    clusterEndpoint: get("KUBEMEND_EKS_ENDPOINT"),
    clusterRegion: get("KUBEMEND_EKS_REGION") ?? region,
    profile: get("AWS_PROFILE"),
    oidcProvider: get("KUBEMEND_RELAY_OIDC_PROVIDER"),
    namespace: get("KUBEMEND_RELAY_NAMESPACE") ?? "kubemend",
    serviceAccount: get("KUBEMEND_RELAY_SERVICE_ACCOUNT") ?? "kubemend-relay",
  };
}
