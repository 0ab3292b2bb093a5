import { join } from "node:path";
import type { Credentials } from "./credentials.ts";
import type { DataFolder } from "./data-folder.ts";

/** https://etcd.io/docs/v3.6/op-guide/configuration/ */
export function toEtcdFlags(folder: DataFolder, socketFolder: string): readonly string[] {
  // A member must advertise host:port, although nobody uses it: there is one member and one client, on sockets.
  const nobody = "http://localhost:1";
  return [
    `--data-dir=${folder.etcdData}`,
    // A sandbox's data has to survive a kill, but not a power failure.
    "--unsafe-no-fsync",
    `--listen-client-urls=${toEtcdEndpoint(socketFolder)}`,
    `--advertise-client-urls=${nobody}`,
    `--listen-peer-urls=unix://${join(socketFolder, "peer")}`,
    `--initial-advertise-peer-urls=${nobody}`,
    `--initial-cluster=default=${nobody}`,
    "--log-level=warn",
  ];
}

/** A socket in a private folder instead of a port: etcd has no authentication here, so the file system keeps other users out. */
export function toEtcdEndpoint(socketFolder: string): string {
  return `unix://${toEtcdSocket(socketFolder)}`;
}

export function toEtcdSocket(socketFolder: string): string {
  return join(socketFolder, "client");
}

export type ApiServerFlags = {
  readonly folder: DataFolder;
  readonly socketFolder: string;
  readonly credentials: Credentials;
  readonly port: number;
};

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ */
export function toApiServerFlags(input: ApiServerFlags): readonly string[] {
  const { folder, credentials } = input;
  return [
    `--etcd-servers=${toEtcdEndpoint(input.socketFolder)}`,
    "--bind-address=127.0.0.1",
    // Without this flag it looks for the default route, which a machine without a network does not have.
    "--advertise-address=127.0.0.1",
    `--secure-port=${input.port}`,
    // It signs its own certificate in this folder, valid for 127.0.0.1 among others.
    `--cert-dir=${folder.certificates}`,
    "--authorization-mode=RBAC",
    `--token-auth-file=${credentials.tokenFile}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
    `--service-account-key-file=${credentials.serviceAccountPublicKey}`,
    "--service-cluster-ip-range=10.0.0.0/16",
    // A loopback address cannot be an endpoint of the Service `kubernetes`.
    "--endpoint-reconciler-type=none",
    "--allow-privileged=true",
  ];
}

/** For a single machine: no leader election, no port, and no client-side rate limit that would slow it down. */
const SINGLE_INSTANCE: readonly string[] = [
  "--leader-elect=false",
  "--secure-port=0",
  "--kube-api-qps=200",
  "--kube-api-burst=400",
];

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ */
export function toControllerManagerFlags(
  folder: DataFolder,
  credentials: Credentials,
  kubeconfig: string,
): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    ...SINGLE_INSTANCE,
    // Each controller has its own ServiceAccount and role, as in a real cluster.
    "--use-service-account-credentials=true",
    `--service-account-private-key-file=${credentials.serviceAccountKey}`,
    `--root-ca-file=${folder.caFile}`,
    // Fake nodes need no pod CIDRs.
    "--controllers=*,-node-ipam-controller",
  ];
}

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/ */
export function toSchedulerFlags(kubeconfig: string): readonly string[] {
  return [`--kubeconfig=${kubeconfig}`, ...SINGLE_INSTANCE];
}

/** https://kwok.sigs.k8s.io/docs/user/configuration/ */
export function toKwokFlags(kubeconfig: string, stagesFile: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--config=${stagesFile}`,
    // Every Node is a fake one.
    "--manage-all-nodes=true",
    "--node-ip=10.1.0.1",
    "--cidr=10.2.0.1/16",
    "--node-lease-duration-seconds=40",
  ];
}
