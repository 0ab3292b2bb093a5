import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseHeldKubeconfig } from "../../../adapters/access/held-kubeconfig.ts";
import { isKubemendError } from "../../../core/errors.ts";

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.secret";

const toDocument = (user: unknown = { token: TOKEN }, cluster: object = {}) => ({
  "current-context": "c",
  clusters: [{ name: "c", cluster: { server: "https://api.example", ...cluster } }],
  contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  users: [{ name: "u", user }],
});

const parse = (text: string) => parseHeldKubeconfig(text, "secret s");

describe("a kubeconfig in a secret", () => {
  it.each([
    ["YAML", stringify(toDocument())],
    ["JSON", JSON.stringify(toDocument())],
  ])("may be %s", async (_form, text) => {
    expect(await parse(text)).toMatchObject({
      server: new URL("https://api.example"),
      token: TOKEN,
    });
  });

  it.each<[string, string, RegExp]>([
    ["a token alone", TOKEN, /^secret s: it is a single string, not a kubeconfig/],
    ["broken YAML", `a: [${TOKEN}`, /^secret s: it is not a kubeconfig in YAML or JSON/],
    ["a list", `- ${TOKEN}`, /^secret s: /],
    ["a token that is no text", JSON.stringify(toDocument({ token: [TOKEN] })), /token: expected/],
    ["a user that is no user", JSON.stringify(toDocument(TOKEN)), /user: expected/],
    [
      "a file",
      JSON.stringify(toDocument({ tokenFile: "/var/token" })),
      /tokenFile names a file, but this kubeconfig has no folder with files: use token$/,
    ],
    [
      "a CA in a file",
      JSON.stringify(toDocument(undefined, { "certificate-authority": "ca.crt" })),
      /certificate-authority names a file.*use certificate-authority-data$/,
    ],
  ])(
    "is refused if it is %s, as a temporary failure: the secret may be corrected",
    async (_what, text, fault) => {
      const error = await parse(text).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "InvalidConfiguration", retryable: true });
      expect(error).toMatchObject({ message: expect.stringMatching(fault) });
      expect(String(error)).not.toContain(TOKEN);
      expect(error).not.toHaveProperty("cause");
    },
  );

  it("never throws anything else, whatever the secret contains", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        const error = await parse(text).catch((thrown: unknown) => thrown);
        expect(isKubemendError(error, "InvalidConfiguration")).toBe(true);
      }),
    );
  });
});
