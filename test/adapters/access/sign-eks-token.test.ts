import { describe, expect, it } from "vitest";
import { signEksToken } from "../../../adapters/access/sign-eks-token.ts";
import { computeSignature } from "../../support/aws/presigned-request.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET };
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

const sign = (options: { readonly region?: string; readonly sessionToken?: string } = {}) => {
  const { region = "eu-central-1", sessionToken } = options;
  const credentials = { ...CREDENTIALS, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return signEksToken({ cluster: "prod", region, credentials, nowMs: NOW_MS });
};

function toUrl(token: string): URL {
  const [, encoded = ""] = /^k8s-aws-v1\.([-\w]+)$/.exec(token) ?? [];
  return new URL(Buffer.from(encoded, "base64url").toString("utf8"));
}

describe("a token for an EKS cluster", () => {
  it("is a presigned GetCallerIdentity for the region's STS, with an expiry of 60 s", async () => {
    const url = toUrl(await sign());
    expect(`${url.origin}${url.pathname}`).toBe("https://sts.eu-central-1.amazonaws.com/");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: "GetCallerIdentity",
      Version: "2011-06-15",
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "AKIDEXAMPLE/20260102/eu-central-1/sts/aws4_request",
      "X-Amz-Date": "20260102T030405Z",
      "X-Amz-Expires": "60",
      "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
      "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it.each([
    ["permanent credentials", undefined],
    ["session credentials", "IQoJb3JpZ2luX2VjE+/token with (all) *kinds*=="],
  ])("is signed according to the published rules, with %s", async (_kind, sessionToken) => {
    const url = toUrl(await sign(sessionToken === undefined ? {} : { sessionToken }));
    expect(url.searchParams.get("X-Amz-Security-Token")).toBe(sessionToken ?? null);
    expect(url.searchParams.get("X-Amz-Signature")).toBe(computeSignature(url, SECRET, "prod"));
  });

  it("does not verify for a cluster of another name", async () => {
    const url = toUrl(await sign());
    expect(url.searchParams.get("X-Amz-Signature")).not.toBe(
      computeSignature(url, SECRET, "other"),
    );
  });

  it("uses China's own STS in Chinese regions", async () => {
    const url = toUrl(await sign({ region: "cn-north-1" }));
    expect(url.host).toBe("sts.cn-north-1.amazonaws.com.cn");
  });

  it("is one line of characters that are valid in a header", async () => {
    expect(await sign({ sessionToken: "a/b+c==" })).toMatch(/^k8s-aws-v1\.[-\w]+$/);
  });
});
