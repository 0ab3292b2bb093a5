import { setTimeout as sleep } from "node:timers/promises";
import { toMirroring, type Fault } from "../faults/fault.ts";

/** kill -9 of all processes of transfer, whatever they are doing. */
export const killTransfer: Fault = async (context) => {
  const { random, report } = context;
  const { kill } = toMirroring(context);
  report("kill -9 of transfer");
  for (let times = random.between(2, 5); times > 0; times -= 1) {
    await kill();
    await sleep(random.between(100, 1_200));
  }
};

/**
 * The API server of the target is killed, and comes back. Nothing is written while the last messages meet no target: a later change of the
 * same objects would make up for what they did not do.
 */
export const loseTarget: Fault = async (context) => {
  const { gate, random, report } = context;
  const { controlPlane } = toMirroring(context).target;
  report("kill -9 of the target's API server");
  await controlPlane.stopProcess("kube-apiserver", 0);
  await sleep(random.between(200, 1_500));
  await gate.close();
  await sleep(random.between(1_000, 4_000));
  await controlPlane.startProcess("kube-apiserver");
  gate.open();
};
