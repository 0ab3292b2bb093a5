import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import type { Setting } from "./setting.ts";
import { readStackSettings } from "./stack-settings.ts";

/** Every variable of Kubemend's own that the code reads. */
export const SETTINGS: readonly Setting[] = [
  {
    name: "KUBEMEND_CHANGES_QUEUE_URL",
    reader: "relay",
    description: "SQS FIFO queue for the changes. Required.",
  },
  {
    name: "KUBEMEND_SIGNING_KEY_FILE",
    reader: "relay",
    description: "File of the keys that sign changes, one a line; the first one signs.",
    default: "nothing is signed",
  },
  {
    name: "KUBEMEND_BOOKMARK_DEADLINE_MS",
    reader: "relay",
    description: "How long to wait for the end of a streamed list before LIST and WATCH are used.",
    default: "60000",
  },
  {
    name: "KUBEMEND_WATCHDOG_MS",
    reader: "relay",
    description: "Silence after which a watch counts as dead.",
    default: "150000",
  },
  {
    name: "KUBEMEND_BACKOFF_MIN_MS",
    reader: "relay",
    description: "The first pause after a failure.",
    default: "800",
  },
  {
    name: "KUBEMEND_BACKOFF_MAX_MS",
    reader: "relay",
    description: "The longest pause.",
    default: "30000",
  },
  {
    name: "KUBEMEND_LEASE_DURATION_MS",
    reader: "relay",
    description: "Time without a renewal after which another relay takes over, in whole seconds.",
    default: "9000",
  },
  {
    name: "KUBEMEND_LEASE_RENEW_DEADLINE_MS",
    reader: "relay",
    description: "Time without a renewal after which the leader starts no send.",
    default: "6000",
  },
  {
    name: "KUBEMEND_LEASE_RETRY_MS",
    reader: "relay",
    description: "Time between two renewals, or two reads of the Lease.",
    default: "1500",
  },
  {
    name: "KUBEMEND_CLUSTER_ACCESS",
    reader: "normalize, remediate, transfer, sweep",
    description: "How the function connects to its cluster, in JSON, see [access](../access.md).",
    default: "the kubeconfig at KUBECONFIG",
  },
  {
    name: "KUBEMEND_SIGNING_KEYS",
    reader: "normalize, remediate, notify",
    description:
      "Where the keys are that sign and verify messages: JSON with one of file, secret, parameter or keys.",
    default: "nothing is signed",
  },
  {
    name: "KUBEMEND_PIPELINE",
    reader: "normalize, remediate, transfer, notify, sweep",
    description: "The packed pipeline; notify reads its receivers only, and sweep its mirrors.",
    default: "pipeline.json beside the bundle",
  },
  {
    name: "KUBEMEND_REMEDIATIONS_QUEUE_URL",
    reader: "normalize, kubemend trigger",
    description: "FIFO queue of requests.",
  },
  {
    name: "KUBEMEND_ALERTS_QUEUE_URL",
    reader: "normalize, remediate, transfer, kubemend trigger",
    description: "Standard queue of alerts.",
  },
  {
    name: "KUBEMEND_WAKEUPS_QUEUE_URL",
    reader: "normalize, remediate, transfer, notify, sweep",
    description: "Standard queue of wake-ups.",
  },
  {
    name: "KUBEMEND_TRANSFERS_QUEUE_URL",
    reader: "normalize, transfer, sweep",
    description: "FIFO queue of transfers, for mirrors.",
  },
  {
    name: "KUBEMEND_DEAD_LETTER_QUEUE_URL",
    reader: "normalize, remediate, transfer, notify",
    description: "The function's own dead-letter queue.",
  },
  {
    name: "KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL",
    reader: "remediate",
    description: "Dead-letter queue of wake-ups.",
  },
  {
    name: "KUBEMEND_RECORD_NAMESPACE",
    reader: "normalize, remediate, transfer, sweep",
    description: "Namespace of the records, of the groups of alerts, and of the states of mirrors.",
    default: "kubemend",
  },
  {
    name: "KUBEMEND_RELAY_LEASE",
    reader: "sweep",
    description:
      "The Lease that the relay renews, `NAMESPACE/NAME`, or `off`; nobody renewing it counts as `RelaySilent`.",
    default: "kubemend/kubemend-relay",
  },
  {
    name: "KUBEMEND_RETRY_BACKOFF_MAX_SECONDS",
    reader: "normalize, remediate, transfer",
    description: "The longest pause before a failed message is received again.",
    default: "900",
  },
  {
    name: "KUBEMEND_CONFIG",
    reader: "npm run package",
    description: "The pipeline to pack, like --config.",
  },
  {
    name: "KUBEMEND_STAGE",
    reader: "npm run package",
    description: "The stage, like --stage.",
    default: "dev",
  },
  {
    name: "KUBEMEND_REGION",
    reader: "npm run package",
    description: "The region, like --region.",
    default: "us-east-1",
  },
  {
    name: "KUBEMEND_PIPELINE_FILE",
    reader: "npm run build",
    description: "The pipeline to pack; `npm run package` sets it.",
    default: "none",
  },
  {
    name: "KUBEMEND_KUBECONFIGS",
    reader: "npm run build, npm run package",
    description: "Folder with the kubeconfigs to pack, <function>.kubeconfig.",
    default: "none",
  },
  {
    name: "KUBEMEND_ACCESS",
    reader: "npm run package",
    description: "How functions reach their cluster, see [access](../access.md).",
    default: "kubeconfig",
  },
  {
    name: "KUBEMEND_SIGNING",
    reader: "npm run package",
    description: "Where functions find their signing keys: a file of infra/signing.",
    default: "none",
  },
  { name: "KUBEMEND_EKS_NAME", reader: "npm run package", description: "Name of the EKS cluster." },
  {
    name: "KUBEMEND_EKS_ENDPOINT",
    reader: "npm run package",
    description: "Address of its API server.",
  },
  {
    name: "KUBEMEND_EKS_CA",
    reader: "npm run package",
    description: "Its certificate authority, in base64.",
  },
  {
    name: "KUBEMEND_EKS_REGION",
    reader: "npm run package",
    description: "Its region.",
    default: "the region of the deployment",
  },
  {
    name: "KUBEMEND_EKS_ROLE_PREFIX",
    reader: "npm run package",
    description:
      "Beginning of the ARNs of the roles that the functions assume, for a cluster in another account.",
  },
  ...readStackSettings(findProjectRoot()),
  {
    name: "KUBEMEND_SANDBOX_PROGRAMS",
    reader: "the sandbox",
    description:
      "`built`: its control plane is built even if programs on the PATH have fitting versions; `found`: these are used.",
    default: "found",
  },
  {
    name: "KUBEMEND_DEBUG",
    reader: "every command",
    description: "With any value, a fault of Kubemend is shown with its stack trace.",
  },
];
