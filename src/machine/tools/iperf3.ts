import type { FlowResult, Machine, ProgramResult, Tool } from '../machine.ts'
import type { Domain } from '../state.ts'
import {
  type Interval,
  iperf3Json,
  iperf3Text,
  iperf3Version,
  systemInfo,
  type Test,
} from '../traffic/iperf3-report.ts'
import { findGuest } from '../traffic/path.ts'
import { Streams } from '../traffic/streams.ts'
import { absent, done, failed, installed, type Options, splitOptions } from './program.ts'

/** iperf3(1) as a client over TCP or UDP; `-s` says that it listens and does nothing more. */
export const iperf3: Tool = async ({ machine, args, signal }) => {
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
    interval: Number(last(options, '-i', '--interval') ?? 1),
    udp: has('-u', '--udp'),
    reverse: has('-R', '--reverse'),
    limit: rateOf(last(options, '-b', '--bitrate', '--bandwidth')),
  }
  if (!(test.streams >= 1 && test.streams <= 128)) {
    return failed(1, `iperf3: parameter error - number of parallel streams too large (maximum = 128)\n\n${usage}`)
  }
  if (!(test.seconds > 0))
    return failed(1, `iperf3: parameter error - test duration too long (maximum = 86400 seconds)\n\n${usage}`)
  if (test.interval !== 0 && !(test.interval >= 0.1 && test.interval <= 60))
    return failed(1, `iperf3: parameter error - invalid report interval (min = 0.1, max = 60 seconds)\n\n${usage}`)
  const log = last(options, '--logfile')
  // It is there, and empty, from the beginning.
  if (log !== undefined && !(await append(machine, log, '')))
    return failed(1, 'iperf3: error - unable to open log file\n')
  const ended = await run(machine, test, has('-J', '--json'), signal)
  if (log === undefined) return ended
  // Somebody may have taken it away meanwhile: then the report goes where nobody finds it.
  if (machine.files.stat(log, true).ok) await append(machine, log, `${ended.stdout}${ended.stderr}`)
  return { status: ended.status, stdout: '', stderr: '' }
}

/** Guests whose server has a client: it serves one at a time. */
const served = new WeakSet<Domain>()

async function run(machine: Machine, test: Test, json: boolean, signal?: AbortSignal): Promise<ProgramResult> {
  const flow = { to: test.to, streams: test.streams, reverse: test.reverse }
  // Connecting moves next to nothing, and says at once whether anybody listens.
  const hello = machine.fabric.send({ ...flow, from: machine, seconds: 0, kind: 'tcp' })
  const guest = findGuest(machine.fabric, test.to)?.domain
  const problem = connectProblem(test, hello) ?? (guest && served.has(guest) ? busy : null)
  if (problem !== null) {
    if (hello.reached === false && hello.error === 'unreachable') await machine.time.sleep(3, signal)
    // 3.12 ends with 0 in JSON mode although it failed.
    if (!json) return failed(1, `iperf3: error - ${problem}\n`)
    return done(
      `${JSON.stringify({ start: { connected: [], version: `iperf ${iperf3Version(machine)}`, system_info: systemInfo(machine) }, intervals: [], end: {}, error: problem }, null, '\t')}\n`,
    )
  }
  if (guest) served.add(guest)
  const intervals = await measure(machine, test, new Streams(machine, flow, test.limit), signal)
  if (guest) served.delete(guest)
  const error = signal?.aborted ? 'interrupt - the client has terminated' : null
  const stdout = json
    ? `${JSON.stringify(iperf3Json(machine, test, intervals, error), null, '\t')}\n`
    : iperf3Text(machine, test, intervals)
  if (error === null) return done(stdout)
  return { status: 1, stdout, stderr: json ? '' : `iperf3: ${error}\n` }
}

/** Lets the time of the test pass, or what there is of it until it is interrupted. */
async function measure(
  machine: Machine,
  test: Test,
  streams: Streams,
  signal: AbortSignal | undefined,
): Promise<readonly Interval[]> {
  const intervals: Interval[] = []
  const began = machine.time.now()
  const step = test.interval === 0 ? test.seconds : test.interval
  const count = Math.ceil(test.seconds / step - 1e-6)
  for (let at = 0, start = 0; at < count && !signal?.aborted; at++) {
    const due = Math.min(test.seconds, (at + 1) * step)
    await machine.time.sleep(Math.max(0, began + due - machine.time.now()), signal)
    const now = signal?.aborted ? machine.time.now() : began + due
    streams.settle(now)
    const end = Math.round((now - began) * 1e6) / 1e6
    if (end > start) intervals.push({ start, end, ...streams.take() })
    start = end
  }
  streams.close()
  return intervals
}

/** Adds to a file; false when that cannot be. */
async function append(machine: Machine, path: string, text: string): Promise<boolean> {
  const before = machine.files.read(path)
  const written = await machine.files.write(
    path,
    Buffer.concat([before.ok ? before.value : Buffer.alloc(0), Buffer.from(text)]),
  )
  return written.ok
}

const busy = 'the server is busy running a test. try again later'

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
