import type { FlowResult, Machine, ProgramResult, Tool } from '../machine.ts'
import { streamRate } from '../traffic/flow.ts'
import {
  type Interval,
  iperf3Json,
  iperf3Text,
  iperf3Version,
  systemInfo,
  type Test,
} from '../traffic/iperf3-report.ts'
import { absent, done, failed, installed, type Options, splitOptions } from './program.ts'

/** iperf3(1) as a client over TCP or UDP; `-s` says that it listens and does nothing more. */
export const iperf3: Tool = async ({ machine, args }) => {
  if (!installed(machine, 'iperf3')) return absent('iperf3')
  const options = splitOptions(args, {
    flags: [
      '-J',
      '--json',
      '-s',
      '--server',
      '-1',
      '--one-off',
      '-D',
      '--daemon',
      '-R',
      '--reverse',
      '-u',
      '--udp',
      '-4',
      '-v',
      '--version',
      '-V',
      '--verbose',
      '-Z',
      '--zerocopy',
      '--forceflush',
      '--get-server-output',
    ],
    valued: [
      '-c',
      '--client',
      '-P',
      '--parallel',
      '-t',
      '--time',
      '-p',
      '--port',
      '-b',
      '--bitrate',
      '--bandwidth',
      '-i',
      '--interval',
      '-l',
      '--len',
      '-O',
      '--omit',
      '-M',
      '-w',
      '-B',
      '--bind',
      '--connect-timeout',
      '-I',
      '--pidfile',
      '-f',
      '--format',
      '--logfile',
      '-A',
      '--affinity',
      '-C',
    ],
  })
  if (options.wrong !== null) return failed(1, `iperf3: unrecognized option '${options.wrong}'\n${usage}`)
  const has = (...names: string[]) => names.some((name) => options.values.has(name))
  if (has('-v', '--version'))
    return done(`iperf ${iperf3Version(machine)} (cJSON 1.5.2)\nLinux ${machine.state.name}\n`)
  if (has('-s', '--server')) return done(has('-D', '--daemon') ? '' : listening(options))
  const to = last(options, '-c', '--client')
  if (to === undefined)
    return failed(1, `iperf3: parameter error - must either be a client (-c) or server (-s)\n\n${usage}`)
  const test: Test = {
    to,
    port: Number(last(options, '-p', '--port') ?? 5201),
    streams: Number(last(options, '-P', '--parallel') ?? 1),
    seconds: Number(last(options, '-t', '--time') ?? 10),
    udp: has('-u', '--udp'),
    reverse: has('-R', '--reverse'),
    limit: rateOf(last(options, '-b', '--bitrate', '--bandwidth')),
  }
  if (!(test.streams >= 1 && test.streams <= 128)) {
    return failed(1, `iperf3: parameter error - number of parallel streams too large (maximum = 128)\n\n${usage}`)
  }
  if (!(test.seconds > 0))
    return failed(1, `iperf3: parameter error - test duration too long (maximum = 86400 seconds)\n\n${usage}`)
  return run(machine, test, has('-J', '--json'))
}

async function run(machine: Machine, test: Test, json: boolean): Promise<ProgramResult> {
  const flow = { from: machine, to: test.to, streams: test.streams, kind: 'tcp' as const, reverse: test.reverse }
  // Connecting moves next to nothing, and says at once whether anybody listens.
  const hello = machine.fabric.send({ ...flow, seconds: 0 })
  const problem = connectProblem(test, hello)
  if (problem !== null) {
    if (hello.reached === false && hello.error === 'unreachable') await machine.time.sleep(3)
    // 3.12 ends with 0 in JSON mode although it failed.
    if (!json) return failed(1, `iperf3: error - ${problem}\n`)
    return done(
      `${JSON.stringify({ start: { connected: [], version: `iperf ${iperf3Version(machine)}`, system_info: systemInfo(machine) }, intervals: [], end: {}, error: problem }, null, '\t')}\n`,
    )
  }
  const intervals: Interval[] = []
  for (let start = 0; start < test.seconds; start++) {
    const seconds = Math.min(1, test.seconds - start)
    await machine.time.sleep(seconds)
    // A limited stream sends for that part of the time.
    const part = test.limit === null ? 1 : Math.min(1, test.limit / streamRate(test.streams))
    const sent = machine.fabric.send({ ...flow, seconds: seconds * part })
    const { bytes, packets } = sent.reached ? sent : { bytes: 0, packets: 0 }
    intervals.push({ start, end: start + seconds, bytes, packets })
  }
  return done(
    json
      ? `${JSON.stringify(iperf3Json(machine, test, intervals), null, '\t')}\n`
      : iperf3Text(machine, test, intervals),
  )
}

function connectProblem(test: Test, hello: FlowResult): string | null {
  if (test.port !== 5201) {
    if (hello.reached || hello.error === 'refused') return 'unable to connect to server: Connection refused'
  }
  if (hello.reached) return null
  return `unable to connect to server: ${hello.error === 'refused' ? 'Connection refused' : 'No route to host'}`
}

function listening(options: Options): string {
  const bar = '-'.repeat(59)
  return `${bar}\nServer listening on ${last(options, '-p', '--port') ?? '5201'}\n${bar}\n`
}

function last(options: Options, ...names: readonly string[]): string | undefined {
  return names.map((name) => options.values.get(name)?.at(-1)).find((value) => value !== undefined)
}

// `10G`, `500M`, `0` for no limit.
function rateOf(word: string | undefined): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)/i.exec(word ?? '')
  if (!match) return null
  const factor = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }[(match[2] ?? '').toUpperCase()] ?? 1
  const rate = Number(match[1]) * factor
  return rate > 0 ? rate : null
}

const usage = 'Usage: iperf3 [-s|-c host] [options]\n       iperf3 [-h|--help] [-v|--version]\n'
