/** A service that does not answer a SYN in this is away. */
const CONNECT_TIMEOUT_MS = 2_000;
/** With three attempts a call ends well before a function does. */
const REQUEST_TIMEOUT_MS = 5_000;

/** A client that gives up on its own. The ARN of something tells its region; a name is of the function's own. */
export function toClientOptions(nameOrArn: string): {
  readonly region?: string;
  readonly maxAttempts: number;
  readonly requestHandler: object;
} {
  const [prefix, , , region = ""] = nameOrArn.split(":");
  return {
    ...(prefix === "arn" && region !== "" ? { region } : {}),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
}
