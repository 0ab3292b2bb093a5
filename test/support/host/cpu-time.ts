/** The CPU time of this thread so far, in ms: it does not grow while other processes keep the machine busy. */
export function readCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
