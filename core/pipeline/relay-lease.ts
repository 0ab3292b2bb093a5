/** The Lease by which relays take turns, if nothing else is said. */
export const DEFAULT_LEASE: { readonly namespace: string; readonly name: string } = {
  namespace: "kubemend",
  name: "kubemend-relay",
};
