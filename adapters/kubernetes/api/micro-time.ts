/**
 * Kubernetes' MicroTime: RFC 3339 with six digits. Always differs from `other`, the previous value: a write that changes nothing
 * does not change the resourceVersion, and a clock may stand still or be set back.
 */
export function toMicroTime(wallMs: number, other: string): string {
  const iso = new Date(wallMs).toISOString();
  const time = iso.replace("Z", "000Z");
  return time === other ? iso.replace("Z", "001Z") : time;
}
