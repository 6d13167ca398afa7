import { failed, type Plan } from '../../module/plan.ts'

/** What a traffic test is asked for. */
export interface Iperf3Args {
  readonly server: string
  readonly streams: number
  readonly seconds: number
  readonly port?: number
  readonly reverse: boolean
  readonly minimum_mbits?: number
  readonly background?: 'start' | 'stop' | 'collect' | 'clean'
  readonly id?: string
  readonly interval: number
  readonly budget?: number
}

/** The command line of a test, without the form of its report. */
export function testWords(args: Iperf3Args): readonly string[] {
  return [
    'iperf3',
    '-c',
    args.server,
    '-P',
    String(args.streams),
    '-t',
    String(args.seconds),
    ...(args.port === undefined ? [] : ['-p', String(args.port)]),
    ...(args.reverse ? ['-R'] : []),
  ]
}

/** Nothing arrived: the reason, and where to look. */
export const noTraffic = (server: string, reason: string): Plan =>
  failed(
    `no traffic to ${server}: ${reason}`,
    'does the VM run with "iperf3 -s" in it, is the representor of its VF up, and are it and the bond ports of one bridge?',
  )

/** `95.2 Gbit/s` */
export function formatRate(bits: number): string {
  return bits >= 1e9 ? `${(bits / 1e9).toFixed(1)} Gbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`
}
