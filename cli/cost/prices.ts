import { isObject } from "../../core/json/read-json.ts";

/** What AWS charges, in one currency. A request to SQS is billed for each 64 KB that it carries. */
export type Prices = {
  readonly sqsFifoPerMillion: number;
  readonly sqsStandardPerMillion: number;
  readonly lambdaRequestsPerMillion: number;
  readonly lambdaPerGbSecond: number;
  readonly logsPerGb: number;
  readonly alarmPerMonth: number;
  readonly dashboardPerMonth: number;
  readonly secretPerMonth: number;
};

/**
 * The public prices of us-east-1 in US dollars, without the free tier and without discounts.
 * @see https://aws.amazon.com/sqs/pricing/
 * @see https://aws.amazon.com/lambda/pricing/ for arm64
 * @see https://aws.amazon.com/cloudwatch/pricing/
 * @see https://aws.amazon.com/secrets-manager/pricing/
 */
export const PUBLIC_PRICES: Prices = {
  sqsFifoPerMillion: 0.5,
  sqsStandardPerMillion: 0.4,
  lambdaRequestsPerMillion: 0.2,
  lambdaPerGbSecond: 0.000_013_333_4,
  logsPerGb: 0.5,
  alarmPerMonth: 0.1,
  dashboardPerMonth: 3,
  secretPerMonth: 0.4,
};

type ReadPrices =
  | { readonly ok: true; readonly value: Prices }
  | { readonly ok: false; readonly error: string };

/** Prices of the user: any of them, and those that are missing stay as published. Or says which one is wrong. */
export function readPrices(document: unknown): ReadPrices {
  const known = Object.keys(PUBLIC_PRICES).join(", ");
  if (!isObject(document)) {
    return { ok: false, error: `expected an object with some of ${known}` };
  }
  for (const [key, price] of Object.entries(document)) {
    if (!Object.hasOwn(PUBLIC_PRICES, key)) {
      return { ok: false, error: `${key} is no price; expected some of ${known}` };
    }
    if (typeof price !== "number" || price < 0 || !Number.isFinite(price)) {
      return { ok: false, error: `${key} must be a number that is not negative` };
    }
  }
  return { ok: true, value: { ...PUBLIC_PRICES, ...document } };
}
