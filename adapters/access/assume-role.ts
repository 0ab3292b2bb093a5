import { AssumeRoleCommand, STSClient, type AssumeRoleResponse } from "@aws-sdk/client-sts";
import { toClientOptions } from "./aws-client-options.ts";
import { callAws } from "./call-aws.ts";
import type { AwsCredentials } from "./sign-eks-token.ts";

/** The shortest that STS grants; a token that is signed with them is not valid for longer, so each token gets its own credentials. */
const DURATION_SECONDS = 900;

type RoleCredentials = AwsCredentials & { readonly expiration: Date };

/**
 * Credentials of another role. Throws as `callAws` does.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export async function assumeRole(roleArn: string, region: string): Promise<RoleCredentials> {
  const call = {
    about: `role ${roleArn}`,
    right: "sts:AssumeRole on it, and let its trust policy name that role",
    endpointVariable: "AWS_ENDPOINT_URL_STS",
  };
  return callAws(new STSClient({ ...toClientOptions(""), region }), call, async (client) => {
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: "kubemend",
      DurationSeconds: DURATION_SECONDS,
    });
    return toRoleCredentials(await client.send(command));
  });
}

function toRoleCredentials({ Credentials: credentials }: AssumeRoleResponse): RoleCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    throw new Error("the answer contains no credentials");
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}
