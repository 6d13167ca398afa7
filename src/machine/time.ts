import type { MachineTime } from './machine.ts'

/**
 * Modelled time that passes `speed` times as fast as real time; 20 when not given. It never overtakes a sleeper: where the
 * program is too slow, modelled time is late, and things still happen at their moments and in their order. Waiting never
 * keeps a process alive by itself.
 */
export function realTime(options: { readonly speed?: number } = {}): MachineTime {
  const speed = options.speed ?? 20
  const start = Date.now()
  const wall = () => (start + (Date.now() - start) * speed) / 1000
  return timeLine(start / 1000, wall, (moment, tick) => {
    const milliseconds = ((moment - wall()) * 1000) / speed
    if (milliseconds <= 0) {
      const immediate = setImmediate(tick)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(tick, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  })
}

/**
 * Modelled time for tests: nobody really sleeps. Whenever the program is idle the clock jumps to the moment at which the
 * next sleeper wakes, so that things happen in the order in which they would.
 */
export function instantTime(start = 1_767_225_600): MachineTime {
  return timeLine(start, null, (_moment, tick) => {
    const immediate = setImmediate(tick)
    return () => clearImmediate(immediate)
  })
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** @param wall how late it may be; null: as late as the next sleeper wants. @param alarm calls back when a moment has come, and gives what takes the call back */
function timeLine(
  start: number,
  wall: (() => number) | null,
  alarm: (moment: number, tick: () => void) => () => void,
): MachineTime {
  const sleepers: Sleeper[] = []
  let clock = start
  let set: { readonly at: number; readonly cancel: () => void } | null = null
  // Whoever was woken goes on at the moment it slept for: the clock stands until all of that is through.
  let held = false

  const next = () =>
    sleepers.reduce<Sleeper | undefined>(
      (first, each) => (first === undefined || each.at < first.at ? each : first),
      undefined,
    )
  const now = () => {
    if (wall && !held) clock = Math.max(clock, Math.min(wall(), next()?.at ?? Number.POSITIVE_INFINITY))
    return clock
  }
  const schedule = () => {
    const first = next()
    if (held || (set && set.at === first?.at)) return
    set?.cancel()
    set = first ? { at: first.at, cancel: alarm(first.at, tick) } : null
  }
  const tick = () => {
    set = null
    const first = next()
    // A timer of the platform may be early by a fraction of a millisecond.
    if (first && (!wall || wall() >= first.at)) {
      sleepers.splice(sleepers.indexOf(first), 1)
      clock = Math.max(clock, first.at)
      first.wake()
      held = true
      setImmediate(() => {
        held = false
        schedule()
      })
    } else schedule()
  }

  return {
    now,
    sleep: (seconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const giveUp = () => {
          const at = sleepers.indexOf(sleeper)
          if (at >= 0) sleepers.splice(at, 1)
          schedule()
          resolve()
        }
        const wake = () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        }
        const sleeper = { at: now() + seconds, wake }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', giveUp)
        schedule()
      }),
  }
}
