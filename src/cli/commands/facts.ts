import { factReads, parseFacts } from '../../facts/gather.ts'
import { selectHosts } from '../../inventory/patterns.ts'
import { look } from '../../module/frame.ts'
import { Readings } from '../../module/reading.ts'
import { exitCode } from '../exit-code.ts'
import { openHosts } from '../hosts.ts'
import type { RunFlags } from '../options.ts'
import { flushOutput } from '../screen.ts'
import { stop } from '../stop.ts'
import { loadWorld } from '../world.ts'

/** `vflag-play facts [pattern]`: what is learned of hosts, as one JSON object by host name. Exit status 4 when one was unreachable. */
export async function facts(pattern: string | undefined, flags: RunFlags): Promise<number> {
  const world = loadWorld(flags, null)
  const selected = selectHosts(world.inventory, pattern ?? 'all')
  if (!selected.ok) throw stop(selected.error.message, selected.error.hint)
  const names = selected.value.filter((name) => world.limit === null || world.limit.includes(name))
  const hosts = await openHosts(world, names, flags)
  const found: Record<string, unknown> = {}
  let unreachable = false
  try {
    await Promise.all(
      names.map(async (name) => {
        const host = hosts.connect(name)
        const exchange = await host.exchange(look(factReads))
        if (exchange.kind === 'done') found[name] = parseFacts(Readings.of(factReads, exchange.result.before), name)
        else {
          unreachable = true
          found[name] = {
            unreachable: exchange.failure.message,
            ...(exchange.failure.hint !== undefined && { hint: exchange.failure.hint }),
          }
        }
        await host.disconnect()
      }),
    )
  } finally {
    await hosts.close()
  }
  process.stdout.write(`${JSON.stringify(Object.fromEntries(names.map((name) => [name, found[name]])), null, 2)}\n`)
  await flushOutput()
  return unreachable ? exitCode.hostUnreachable : exitCode.ok
}
