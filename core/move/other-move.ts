/** The way to see how far another Move is: `NAME`, or `NAMESPACE/NAME` of another namespace than that of this one. */
export function toOtherMoveWayOut(other: string): string {
  const [namespace = "", name] = other.split("/");
  const shown =
    name === undefined
      ? `kubemend move --status ${other}`
      : `kubectl get moves.kubemend.dev ${name} -n ${namespace} -o wide`;
  return `wait until it has ended: ${shown}`;
}
