import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { toClientOptions } from "./aws-client-options.ts";
import { callAws, toHeldText } from "./call-aws.ts";

/**
 * The text of a secret's current version. `content` is what belongs there, for the error of an empty one. Throws as `callAws` does.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export async function readSecret(id: string, content: string): Promise<string> {
  const call = {
    about: `secret ${id}`,
    permission: "secretsmanager:GetSecretValue",
    endpointVariable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
  };
  return callAws(new SecretsManagerClient(toClientOptions(id)), call, async (client) => {
    const { SecretString: text, SecretBinary: bytes } = await client.send(
      new GetSecretValueCommand({ SecretId: id }),
    );
    return toHeldText(text ?? (bytes && Buffer.from(bytes).toString("utf8")), call.about, content);
  });
}
