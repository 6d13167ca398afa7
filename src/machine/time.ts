import type { MachineTime } from './machine.ts'

/** Modelled time that passes `speed` times as fast as real time; 20 when not given. Waiting never keeps a process alive by itself. */
export function realTime(options: { readonly speed?: number } = {}): MachineTime {
  const speed = options.speed ?? 20
  const start = Date.now()
  return {
    now: () => (start + (Date.now() - start) * speed) / 1000,
    sleep: (seconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const timer = setTimeout(resolve, (seconds * 1000) / speed)
        signal?.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}

/**
 * Modelled time for tests: nobody really sleeps. Whenever the program is idle the clock jumps to the moment at which the
 * next sleeper wakes, so that things happen in the order in which they would.
 */
export function instantTime(start = 1_767_225_600): MachineTime {
  const sleepers: { readonly at: number; readonly wake: () => void }[] = []
  let now = start
  let scheduled = false

  const schedule = () => {
    if (scheduled || sleepers.length === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      const next = sleepers.reduce<(typeof sleepers)[number] | undefined>(
        (first, each) => (first === undefined || each.at < first.at ? each : first),
        undefined,
      )
      if (next) {
        sleepers.splice(sleepers.indexOf(next), 1)
        now = Math.max(now, next.at)
        next.wake()
      }
      schedule()
    })
  }

  return {
    now: () => now,
    sleep: (seconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const sleeper = { at: now + seconds, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          const at = sleepers.indexOf(sleeper)
          if (at >= 0) sleepers.splice(at, 1)
          resolve()
        })
        schedule()
      }),
  }
}
