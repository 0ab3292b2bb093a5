/** A service that does not answer a SYN within this time is not reachable. */
const CONNECT_TIMEOUT_MS = 2_000;
/** With three attempts a call ends well before a function does. */
const REQUEST_TIMEOUT_MS = 5_000;

/** Options of a client that bounds its own time. An ARN names its region; a plain name is in the function's own region. */
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
