import {
  readContextCluster,
  type KubeConfigOptions,
} from "../../adapters/kubernetes/connect/kubeconfig-access.ts";
import { describeExpected } from "../../infra/build/stage-settings.ts";
import { misuse } from "../terminal/misuse.ts";
import type { Answers } from "./answers.ts";
import type { ClusterAddress } from "./stage-files.ts";

/** `arn:aws:eks:<region>:<account>:cluster/<name>`, which is how `aws eks update-kubeconfig` names contexts and clusters. */
const EKS_ARN = /^arn:aws[a-z-]*:eks:(?<region>[a-z0-9-]+):\d{12}:cluster\/(?<cluster>[\w-]+)$/;

/** What the kubeconfig says about the cluster that the user named; nothing without a context. No request is made. */
export function readContext({ context, kubeconfig }: KubeConfigOptions): {
  readonly known: Partial<Answers>;
  readonly address: ClusterAddress;
} {
  if (context === undefined && kubeconfig === undefined) return { known: {}, address: {} };
  const { name, server, certificateAuthority } = readContextCluster({ context, kubeconfig });
  const expected = describeExpected("KUBEMEND_EKS_CA", certificateAuthority ?? "");
  if (expected !== undefined) {
    throw misuse(`certificate-authority-data of the cluster ${name}: expected ${expected}`);
  }
  const { region, cluster } = EKS_ARN.exec(name)?.groups ?? {};
  return {
    known: {
      ...(region === undefined ? {} : { region }),
      ...(cluster === undefined ? {} : { cluster }),
    },
    address: { endpoint: server, certificateAuthority },
  };
}
