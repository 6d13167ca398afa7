import { parseJson } from './json.ts'

/** What `iperf3 -J` measured. */
export type Iperf3Result =
  | {
      readonly ok: true
      readonly bitsPerSecond: number
      readonly bytes: number
      readonly retransmits: number | null
      readonly streams: number
    }
  /** The tool says why; its exit status says nothing (0 in some versions, 1 in others). */
  | { readonly ok: false; readonly error: string }

/**
 * Reads the JSON of an iperf3 client. A test counts when there is no `error` and the receiver got bytes; a failed
 * connection has `error` and may still end with exit status 0 (iperf 3.12).
 */
export function parseIperf3(text: string): Iperf3Result {
  const report = record(parseJson(text))
  const error = report['error']
  if (typeof error === 'string') return { ok: false, error }
  const end = record(report['end'])
  const received = record(end['sum_received'] ?? end['sum'])
  const bytes = received['bytes']
  const rate = received['bits_per_second']
  if (typeof bytes !== 'number' || typeof rate !== 'number') return { ok: false, error: 'iperf3 gave no result' }
  if (bytes === 0) return { ok: false, error: 'no bytes arrived' }
  const retransmits = record(end['sum_sent'])['retransmits']
  const streams = end['streams']
  return {
    ok: true,
    bitsPerSecond: rate,
    bytes,
    retransmits: typeof retransmits === 'number' ? retransmits : null,
    streams: Array.isArray(streams) ? streams.length : 0,
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
