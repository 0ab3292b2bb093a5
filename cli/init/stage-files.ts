import { Document } from "yaml";
import { SIGNING_SECRET } from "../../adapters/signing/key-secret.ts";
import type { Answers } from "./answers.ts";

/** What a kubeconfig knows of an EKS cluster. */
export type ClusterAddress = {
  readonly endpoint?: string | undefined;
  readonly certificateAuthority?: string | undefined;
};

/** The settings of a stage: what `npm run package -- --settings FILE` reads. */
export function toStageSettings(
  answers: Answers,
  pipeline: string,
  address: ClusterAddress,
): string {
  const { stage, region, access, signing, cluster } = answers;
  const isEks = access === "eks" || access === "eks-role";
  return [
    "# The settings of this stage, for npm run package and kubemend deploy. docs/deployment.md and docs/access.md explain each.",
    "# Paths are relative to this file.",
    `KUBEMEND_STAGE=${stage}`,
    `KUBEMEND_REGION=${region}`,
    `KUBEMEND_CONFIG=${pipeline}`,
    "",
    "# How the functions reach the cluster",
    `KUBEMEND_ACCESS=${access}`,
    ...(isEks ? toEksLines(cluster, region, address) : []),
    ...(access === "eks-role"
      ? ["# Beginning of the ARNs of the roles that they assume", "KUBEMEND_EKS_ROLE_PREFIX="]
      : []),
    ...(access === "kubeconfig"
      ? [
          "# Folder with normalize.kubeconfig, remediate.kubeconfig, transfer.kubeconfig and sweep.kubeconfig",
          "KUBEMEND_KUBECONFIGS=",
        ]
      : []),
    "",
    "# Where they find the signing keys",
    `KUBEMEND_SIGNING=${signing}`,
    "",
    "# Who receives the alarms of the deployment",
    "#KUBEMEND_ALARM_EMAIL=",
    "",
  ].join("\n");
}

function toEksLines(
  cluster: string,
  region: string,
  { endpoint = "", certificateAuthority = "" }: ClusterAddress,
): readonly string[] {
  const describe = `aws eks describe-cluster --region ${region} --name ${cluster} --output text --query`;
  const isKnown = endpoint !== "" && certificateAuthority !== "";
  return [
    `KUBEMEND_EKS_NAME=${cluster}`,
    ...(isKnown
      ? []
      : [
          "# Fill in what these print:",
          `# ${describe} cluster.endpoint`,
          `# ${describe} cluster.certificateAuthority.data`,
        ]),
    `KUBEMEND_EKS_ENDPOINT=${endpoint}`,
    `KUBEMEND_EKS_CA=${certificateAuthority}`,
  ];
}

/** The values of the relay's chart, as far as they do not follow from the pipeline and the stack, which `kubemend deploy` passes. */
export function toChartValues({ image, region, access }: Answers): string {
  const values = new Document({
    image: { repository: image },
    aws: { region },
    signingKeys: { secretName: SIGNING_SECRET.name, key: SIGNING_SECRET.key },
    // Their tokens are what these kubeconfigs contain; access entries need none.
    ...(access.startsWith("eks") ? {} : { functions: { serviceAccounts: true } }),
  });
  values.commentBefore =
    " Values of the relay's chart. Its other settings are in infra/relay/chart/values.yaml.\n kubemend deploy adds the pipeline, the rights that it needs, and the address of the queue.";
  return values.toString();
}
