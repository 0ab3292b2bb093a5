import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Credentials that AssumeRole returns. */
export const ASSUMED = {
  accessKeyId: "ASIAASSUMEDROLE",
  secretAccessKey: "assumed/secret+key",
  sessionToken: "session+token/of==the-role",
};

type Answer = { readonly status: number; readonly body: string };

/**
 * Secrets Manager, Systems Manager and STS, as far as functions use them: one server that speaks their protocols (JSON 1.1 and
 * Query) in the shapes of the API references' examples. No IAM: permissions are not simulated.
 */
export type AwsServices = AsyncDisposable & {
  /** Environment variables with which a function finds it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Map<string, string>;
  readonly parameters: Map<string, string>;
  /** Called operations, with the name of the requested item and the access key that signed. */
  readonly calls: string[];
  /** Names of the errors that the next calls return, one each. */
  readonly failures: string[];
};

export async function startAwsServices(): Promise<AwsServices> {
  const secrets = new Map<string, string>();
  const parameters = new Map<string, string>();
  const calls: string[] = [];
  const failures: string[] = [];
  const answer = (operation: string, body: string): Answer => {
    switch (operation) {
      case "secretsmanager.GetSecretValue":
        return toSecret(secrets, (JSON.parse(body) as { SecretId: string }).SecretId);
      case "AmazonSSM.GetParameter":
        return toParameter(parameters, JSON.parse(body) as { Name: string });
      case "AssumeRole":
        return toAssumedRole(new URLSearchParams(body));
      default:
        return toError("UnknownOperationException", operation);
    }
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const form = new URLSearchParams(body);
    const operation = String(request.headers["x-amz-target"] ?? form.get("Action"));
    const [, subject = ""] = /"(?:SecretId|Name)":"([^"]*)"/.exec(body) ?? [];
    const [, key = ""] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
    calls.push(`${operation} ${form.get("RoleArn") ?? subject} by ${key}`);
    const failure = failures.shift();
    const { status, body: text } =
      failure === undefined ? answer(operation, body) : toError(failure, "not today");
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(text);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: address,
      AWS_ENDPOINT_URL_SSM: address,
      AWS_ENDPOINT_URL_STS: address,
    },
    secrets,
    parameters,
    calls,
    failures,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Examples */
function toSecret(secrets: ReadonlyMap<string, string>, id: string): Answer {
  const text = secrets.get(id);
  if (text === undefined) {
    return toError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }
  return toJson({
    ARN: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${id}-a1b2c3`,
    CreatedDate: 1_523_477_145.713,
    Name: id,
    SecretString: text,
    VersionId: "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1",
    VersionStages: ["AWSCURRENT"],
  });
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html#API_GetParameter_Examples */
function toParameter(
  parameters: ReadonlyMap<string, string>,
  { Name, WithDecryption }: { readonly Name: string; readonly WithDecryption?: boolean },
): Answer {
  const text = parameters.get(Name);
  if (text === undefined) return toError("ParameterNotFound", "");
  return toJson({
    Parameter: {
      ARN: `arn:aws:ssm:us-east-1:123456789012:parameter${Name}`,
      DataType: "text",
      LastModifiedDate: 1_582_657_288.8,
      Name,
      Type: "SecureString",
      Value: WithDecryption === true ? text : "AQICAHencrypted",
      Version: 1,
    },
  });
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Examples */
function toAssumedRole(form: URLSearchParams): Answer {
  const seconds = Number(form.get("DurationSeconds"));
  const expiration = new Date(Date.now() + seconds * 1000).toISOString();
  const arn = `arn:aws:sts::123456789012:assumed-role/demo/${form.get("RoleSessionName")}`;
  const body = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
    <AssumedRoleUser><AssumedRoleId>ARO123EXAMPLE123:s</AssumedRoleId><Arn>${arn}</Arn></AssumedRoleUser>
    <Credentials><AccessKeyId>${ASSUMED.accessKeyId}</AccessKeyId>
      <SecretAccessKey>${ASSUMED.secretAccessKey}</SecretAccessKey>
      <SessionToken>${ASSUMED.sessionToken}</SessionToken><Expiration>${expiration}</Expiration></Credentials>
    </AssumeRoleResult><ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata></AssumeRoleResponse>`;
  return { status: 200, body };
}

function toJson(body: object): Answer {
  return { status: 200, body: JSON.stringify(body) };
}

function toError(name: string, message: string): Answer {
  return { status: 400, body: JSON.stringify({ __type: name, message, Message: message }) };
}
