import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { KubemendError } from "../../core/errors.ts";
import { toClientOptions } from "./aws-client-options.ts";
import { toCredentialError } from "./errors.ts";

/**
 * The text of a parameter, decrypted. Throws `CredentialNotFound`, `CredentialDenied`, `CredentialThrottled` or
 * `CredentialUnreachable`, all temporary.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export async function readParameter(name: string): Promise<string> {
  const about = `parameter ${name}`;
  const client = new SSMClient(toClientOptions(name));
  try {
    const answer = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    const { Value: text = "" } = answer.Parameter ?? {};
    if (text !== "") return text;
    throw new KubemendError("CredentialNotFound", `${about} is empty: put a kubeconfig into it`, {
      retryable: true,
    });
  } catch (error) {
    throw toCredentialError(error, {
      about,
      right: "ssm:GetParameter",
      endpointVariable: "AWS_ENDPOINT_URL_SSM",
    });
  } finally {
    client.destroy();
  }
}
