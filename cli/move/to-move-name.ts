/** The default name of a Move: `move-web-20261130-174500`. */
export function toMoveName(first: string): string {
  const time = new Date().toISOString().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const name = (first.split("/")[1] ?? first.split(".")[0] ?? "").replaceAll(/[^a-z0-9-]/g, "-");
  return `move-${name.slice(0, 100)}-${time}`;
}
