import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { toClientOptions } from "./aws-client-options.ts";
import { callAws, toHeldText } from "./call-aws.ts";

/**
 * The text of a parameter, decrypted. `content` is what belongs there, for the error of an empty one. Throws as `callAws` does.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export async function readParameter(name: string, content: string): Promise<string> {
  const call = {
    about: `parameter ${name}`,
    permission: "ssm:GetParameter",
    endpointVariable: "AWS_ENDPOINT_URL_SSM",
  };
  return callAws(new SSMClient(toClientOptions(name)), call, async (client) => {
    const answer = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    return toHeldText(answer.Parameter?.Value, call.about, content);
  });
}
