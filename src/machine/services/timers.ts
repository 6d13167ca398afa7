import type { Machine } from '../machine.ts'

/** A timer that systemd-run made: it starts a program once, and then it and its service are gone (systemd-run(1)). */
export interface TransientTimer {
  /** Seconds since 1970 at which it elapses. */
  readonly at: number
  /** Seconds after which it was to elapse when it was made. */
  readonly after: number
  readonly argv: readonly string[]
}

const alarms = new WeakMap<Machine, Map<string, AbortController>>()

/** Arms a timer under the name of its unit without suffix. */
export function armTimer(machine: Machine, unit: string, after: number, argv: readonly string[]): void {
  machine.state.timers = {
    ...machine.state.timers,
    [unit]: { at: machine.time.now() + after, after, argv: [...argv] },
  }
  wait(machine, unit, after)
}

/** Takes a timer away; false when there is none. */
export function stopTimer(machine: Machine, unit: string): boolean {
  const { [unit]: timer, ...rest } = machine.state.timers ?? {}
  if (!timer) return false
  alarms.get(machine)?.get(unit)?.abort()
  alarms.get(machine)?.delete(unit)
  if (Object.keys(rest).length > 0) machine.state.timers = rest
  else delete machine.state.timers
  return true
}

/** A timer by the name of its unit without suffix; null when there is none. */
export function findTimer(machine: Machine, unit: string): TransientTimer | null {
  return machine.state.timers?.[unit] ?? null
}

/** Transient units are gone after a restart: they live in /run. */
export function forgetTimers(machine: Machine): void {
  for (const unit of Object.keys(machine.state.timers ?? {})) stopTimer(machine, unit)
}

/** Waits again for the timers of a machine that was made from its state; the clock may have been set back in between. */
export function resumeTimers(machine: Machine): void {
  for (const [unit, { at, after }] of Object.entries(machine.state.timers ?? {}))
    wait(machine, unit, Math.min(after, Math.max(0, at - machine.time.now())))
}

function wait(machine: Machine, unit: string, seconds: number): void {
  const alarm = new AbortController()
  const own = alarms.get(machine) ?? new Map<string, AbortController>()
  alarms.set(machine, own.set(unit, alarm))
  void machine.time.sleep(seconds, alarm.signal).then(() => {
    if (alarm.signal.aborted) return
    const timer = findTimer(machine, unit)
    stopTimer(machine, unit)
    if (timer) machine.processes.start(timer.argv, (signal) => machine.exec(timer.argv, { signal }))
  })
}
