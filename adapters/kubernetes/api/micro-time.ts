/**
 * Kubernetes' MicroTime: RFC 3339 with six digits. Never the text that it stands beside: a write that changes nothing is none,
 * and clocks may stand still or be set back.
 */
export function toMicroTime(wallMs: number, other: string): string {
  const iso = new Date(wallMs).toISOString();
  const time = iso.replace("Z", "000Z");
  return time === other ? iso.replace("Z", "001Z") : time;
}
