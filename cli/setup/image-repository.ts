/** The fault of an address of the relay's image, in words that follow the value; undefined if there is none. */
export function describeRepositoryFault(repository: string): string | undefined {
  // The placeholder of infra/relay/relay-values.yaml.
  if (repository.startsWith("REGISTRY/")) return "REGISTRY stands for your registry";
  // A port is followed by a path.
  if (!/[@:][^/]*$/.test(repository)) return undefined;
  return "the tag belongs into image.tag of the values, or the digest into image.digest";
}
