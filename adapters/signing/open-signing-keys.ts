import { parseSigningKeys } from "./parse-keys.ts";
import type { SigningKeySource } from "./setting.ts";
import { createSigningKeys, NO_SIGNING_KEYS, type SigningKeys } from "./signing-keys.ts";

const SIGNING_KEYS = "signing keys, one a line";

/**
 * The keys of a function's setting, read when they are first needed. What the sources need is a chunk of the bundle each.
 * @param now ms since the epoch.
 */
export function openSigningKeys(
  source: SigningKeySource | undefined,
  now: () => number,
): SigningKeys {
  if (source === undefined) return NO_SIGNING_KEYS;
  return createSigningKeys({ read: () => read(source), now });
}

async function read(source: SigningKeySource): Promise<readonly string[]> {
  switch (source.type) {
    case "file": {
      const { readKeyFile } = await import("./key-file.ts");
      return readKeyFile(source.path);
    }
    case "secret": {
      const { readSecret } = await import("../access/read-secret.ts");
      return parseSigningKeys(await readSecret(source.id, SIGNING_KEYS), `secret ${source.id}`);
    }
    case "parameter": {
      const { readParameter } = await import("../access/read-parameter.ts");
      return parseSigningKeys(
        await readParameter(source.name, SIGNING_KEYS),
        `parameter ${source.name}`,
      );
    }
    case "keys":
      return parseSigningKeys(source.keys.join("\n"), "KUBEMEND_SIGNING_KEYS");
  }
}
