import type { Play } from '../playbook/types.ts'

/**
 * Slices hosts by `serial`: numbers and percentages of all of them (at least one), walked through in order, the last one
 * repeated. No `serial`: one slice of all.
 */
export function slices<T>(hosts: readonly T[], serial: Play['serial']): readonly (readonly T[])[] {
  if (hosts.length === 0) return []
  if (serial.length === 0) return [hosts]
  const sizes = serial.map((each) =>
    typeof each === 'number' ? each : Math.max(1, Math.floor((hosts.length * each.percent) / 100)),
  )
  const batches: (readonly T[])[] = []
  for (let from = 0, step = 0; from < hosts.length; step++) {
    const size = sizes[Math.min(step, sizes.length - 1)] ?? hosts.length
    const to = size <= 0 ? hosts.length : from + size
    batches.push(hosts.slice(from, to))
    from = to
  }
  return batches
}
