import type { Machine, Tool } from '../machine.ts'
import { done, failed } from './program.ts'

/** shutdown(8) with `-r`: systemd takes the machine down a moment later. Without `-r` nobody could start it again, so it is refused. */
export const shutdown: Tool = ({ machine, args }) => {
  if (args.includes('-c')) return done()
  if (!args.includes('-r') && !args.includes('--reboot')) {
    return failed(1, 'shutdown: this machine is simulated and has no power button; restart it with -r\n')
  }
  const when = args.find((arg) => /^(now|\+\d+)$/.test(arg)) ?? '+1'
  restartSoon(machine, when === 'now' ? 0 : 60 * Number(when.slice(1)))
  return done('', when === 'now' ? '' : "Shutdown scheduled, use 'shutdown -c' to cancel.\n")
}

/** Restarts the machine after some modelled seconds; what asked for it gets its answer first. */
export function restartSoon(machine: Machine, seconds: number): void {
  const boot = machine.state.boot.count
  void machine.time.sleep(seconds + 1).then(async () => {
    if (machine.state.boot.count === boot) await machine.reboot()
  })
}
