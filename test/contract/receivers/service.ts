import type { ReceivedRequest, ReceiverAnswer } from "../../support/receiver-server.ts";
import type { Receiver } from "../../../core/receivers/receiver.ts";

/** A service that receives alerts, as its public documentation describes it. */
export type Service = {
  readonly name: string;
  /** A receiver of that kind at this address. */
  readonly toReceiver: (url: string) => Receiver;
  /** The text of its credential. */
  readonly toCredential: (url: string) => string;
  /** Everything that the service would refuse in a request. */
  readonly findFaults: (request: ReceivedRequest) => readonly string[];
  /** Its answer to a request that it accepts. */
  readonly accepted: (request: ReceivedRequest) => ReceiverAnswer;
};

export const HELD = { type: "env", variable: "CREDENTIAL" } as const;

/** The fault if a text has more bytes of UTF-8 than a service takes. */
export function findTooLong(text: string, maxBytes: number): readonly string[] {
  const bytes = Buffer.byteLength(text);
  return bytes <= maxBytes ? [] : [`has ${bytes} bytes, more than ${maxBytes}`];
}

/** A header of JSON in UTF-8, which every service here expects. */
export function findWrongType(
  { headers, method }: ReceivedRequest,
  type: string,
): readonly string[] {
  const written = headers["content-type"] ?? "none";
  const isRight = written.split(";")[0]?.trim() === type;
  return [
    ...(isRight ? [] : [`has the content type ${written}, not ${type}`]),
    ...(method === "POST" ? [] : [`is a ${method}`]),
  ];
}
