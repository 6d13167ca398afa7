import type { Tool } from '../machine.ts'
import { failed, splitOptions } from './program.ts'

/** ping(8) of iputils: an echo request each interval, and the statistics. Without -c it stops after ten, as if somebody had pressed Ctrl-C. */
export const ping: Tool = async ({ machine, args }) => {
  const options = splitOptions(args, {
    flags: ['-q', '-n', '-4', '-D', '-A'],
    valued: ['-c', '-W', '-i', '-w', '-I', '-s', '-M'],
  })
  if (options.wrong !== null)
    return failed(2, `ping: invalid option -- '${options.wrong.replace(/^-+/, '').slice(0, 1)}'\n`)
  const [to] = options.words
  if (to === undefined) return failed(1, 'ping: usage error: Destination address required\n')
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(to)) return failed(2, `ping: ${to}: Name or service not known\n`)
  const number = (name: string, otherwise: number) => Number(options.values.get(name)?.at(-1) ?? otherwise)
  const count = number('-c', 10)
  const interval = number('-i', 1)
  const patience = number('-W', 10)
  if (!(count > 0))
    return failed(
      1,
      `ping: invalid argument: '${options.values.get('-c')?.at(-1)}': out of range: 1 <= value <= 9223372036854775807\n`,
    )
  const quiet = options.values.has('-q')
  const own = machine.kernel.links().find((link) => link.kind !== 'loopback' && link.addresses.length > 0)
  const started = machine.time.now()
  const times: number[] = []
  let errors = 0
  let stdout = `PING ${to} (${to}) 56(84) bytes of data.\n`
  for (let sequence = 1; sequence <= count; sequence++) {
    const flow = machine.fabric.send({ from: machine, to, streams: 1, seconds: 0, kind: 'ping' })
    if (flow.reached) {
      // The first packet of a flow takes the way through the kernel.
      const time = times.length === 0 ? 0.612 : 0.201 + (sequence % 7) * 0.013
      times.push(time)
      if (!quiet) stdout += `64 bytes from ${to}: icmp_seq=${sequence} ttl=64 time=${time.toFixed(3)} ms\n`
    } else {
      errors++
      if (!quiet)
        stdout += `From ${own?.addresses[0]?.split('/', 1)[0] ?? '127.0.0.1'} icmp_seq=${sequence} Destination Host Unreachable\n`
    }
    if (sequence < count) await machine.time.sleep(interval)
    else if (!flow.reached) await machine.time.sleep(Math.min(patience, 3))
  }
  const lost = Math.round(((count - times.length) / count) * 100)
  const elapsed = Math.round((machine.time.now() - started) * 1000)
  stdout += `\n--- ${to} ping statistics ---\n${count} packets transmitted, ${times.length} received, ${errors > 0 ? `+${errors} errors, ` : ''}${lost}% packet loss, time ${elapsed}ms\n`
  if (times.length > 0) {
    const mean = times.reduce((sum, each) => sum + each, 0) / times.length
    const deviation = Math.sqrt(times.reduce((sum, each) => sum + (each - mean) ** 2, 0) / times.length)
    const figures = [Math.min(...times), mean, Math.max(...times), deviation].map((each) => each.toFixed(3))
    stdout += `rtt min/avg/max/mdev = ${figures.join('/')} ms\n`
  } else stdout += '\n'
  return { status: times.length > 0 ? 0 : 1, stdout, stderr: '' }
}
