import { createHash, createHmac } from "node:crypto";

/**
 * The signature of a presigned GET of `/` with the headers host and x-k8s-aws-id, computed from the specification alone.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function computeSignature(url: URL, secretAccessKey: string, clusterName: string): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .toSorted()
    .join("&");
  const headers = `host:${url.host}\nx-k8s-aws-id:${clusterName}\n`;
  const request = ["GET", "/", query, headers, "host;x-k8s-aws-id", hash("")].join("\n");
  const [, date = "", region = ""] = (url.searchParams.get("X-Amz-Credential") ?? "").split("/");
  const scope = `${date}/${region}/sts/aws4_request`;
  const time = url.searchParams.get("X-Amz-Date") ?? "";
  const key = [date, region, "sts", "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey}`,
  );
  return hmac(key, ["AWS4-HMAC-SHA256", time, scope, hash(request)].join("\n")).toString("hex");
}

function escape(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
