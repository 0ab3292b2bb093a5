/** The verification of an action after which its object no longer exists. Pods with a grace period and finalizers take their time. */
export const OBJECT_GONE: { readonly gone: true; readonly withinMs: number } = {
  gone: true,
  withinMs: 5 * 60_000,
};
