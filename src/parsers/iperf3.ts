import { parseJson } from './json.ts'

/** What `iperf3 -J` measured. */
export type Iperf3Result =
  | {
      readonly ok: true
      readonly bitsPerSecond: number
      readonly bytes: number
      readonly retransmits: number | null
      readonly streams: number
      readonly intervals: readonly Iperf3Interval[]
    }
  /** The tool says why; its exit status says nothing (0 in some versions, 1 in others). */
  | { readonly ok: false; readonly error: string }

/** What went on between two reports. */
export interface Iperf3Interval {
  /** Seconds since the test began. */
  readonly start: number
  readonly end: number
  /** Of each stream, in their order. */
  readonly bytes: readonly number[]
}

/**
 * Reads the JSON of an iperf3 client. A test counts when there is no `error` and the receiver got bytes; a failed
 * connection has `error` and may still end with exit status 0 (iperf 3.12). One that was interrupted counts as well: then
 * the client knows only what it sent.
 */
export function parseIperf3(text: string): Iperf3Result {
  const report = record(parseJson(text))
  const error = report['error']
  const interrupted = typeof error === 'string' && /^interrupt - the client has terminated/.test(error)
  if (typeof error === 'string' && !interrupted) return { ok: false, error }
  const end = record(report['end'])
  const counted = record((interrupted ? end['sum_sent'] : end['sum_received']) ?? end['sum'])
  const bytes = counted['bytes']
  const rate = counted['bits_per_second']
  if (typeof bytes !== 'number' || typeof rate !== 'number') return { ok: false, error: 'iperf3 gave no result' }
  if (bytes === 0) return { ok: false, error: 'no bytes arrived' }
  const retransmits = record(end['sum_sent'])['retransmits']
  return {
    ok: true,
    bitsPerSecond: rate,
    bytes,
    retransmits: typeof retransmits === 'number' ? retransmits : null,
    streams: items(end['streams']).length,
    intervals: items(report['intervals']).flatMap((each) => interval(record(each)) ?? []),
  }
}

function interval(each: Readonly<Record<string, unknown>>): Iperf3Interval | null {
  const { start, end, omitted } = record(each['sum'])
  if (typeof start !== 'number' || typeof end !== 'number' || end <= start || omitted === true) return null
  const bytes = items(each['streams']).map((stream) => record(stream)['bytes'])
  return { start, end, bytes: bytes.map((count) => (typeof count === 'number' ? count : 0)) }
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
