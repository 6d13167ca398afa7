import { factReads, parseFacts } from '../../facts/gather.ts'
import type { ExchangeOptions, Host, LinkFailure } from '../../host/host.ts'
import { selectHosts } from '../../inventory/patterns.ts'
import { look } from '../../module/frame.ts'
import type { Read } from '../../module/read.ts'
import { Readings } from '../../module/reading.ts'
import { type VfMap, vfMap, vfMapMore, vfMapReads } from '../../modules/card/vf-map.ts'
import { columns } from '../../report/columns.ts'
import { oneLine } from '../../report/words.ts'
import { becomeOf, becomeOn } from '../become.ts'
import { exitCode } from '../exit-code.ts'
import { openHosts } from '../hosts.ts'
import type { RunFlags } from '../options.ts'
import { flushOutput } from '../screen.ts'
import { stop } from '../stop.ts'
import { loadWorld } from '../world.ts'

/** What was found on a host, or why it could not be asked. */
type Found =
  | { readonly kind: 'map'; readonly map: VfMap }
  | { readonly kind: 'unreachable'; readonly failure: LinkFailure }

/** `vflag-play map [pattern]`: which representor, port and VM belongs to which VF; changes nothing. Exit status 4 when a host was unreachable. */
export async function map(pattern: string | undefined, flags: RunFlags): Promise<number> {
  const world = loadWorld(flags, null)
  const selected = selectHosts(world.inventory, pattern ?? 'all')
  if (!selected.ok) throw stop(selected.error.message, selected.error.hint)
  const names = selected.value.filter((name) => world.limit === null || world.limit.includes(name))
  const defaults = await becomeOf(flags)
  const hosts = await openHosts(world, names, flags)
  const found = new Map<string, Found>()
  try {
    await Promise.all(
      names.map(async (name) => {
        const host = hosts.connect(name)
        const as = becomeOn(world, name, defaults)
        found.set(name, await mapOf(host, as ? { become: as } : {}))
        await host.disconnect()
      }),
    )
  } finally {
    await hosts.close()
  }
  const inOrder = names.flatMap((name) => {
    const each = found.get(name)
    return each ? [[name, each] as const] : []
  })
  process.stdout.write(flags.output === 'json' ? asJson(inOrder) : asText(inOrder))
  await flushOutput()
  return inOrder.some(([, each]) => each.kind === 'unreachable') ? exitCode.hostUnreachable : exitCode.ok
}

async function mapOf(host: Host, options: ExchangeOptions): Promise<Found> {
  const first = await seen(host, factReads, {})
  if (!(first instanceof Readings)) return first
  const facts = parseFacts(first, host.name)
  const reads = vfMapReads(facts)
  const second = await seen(host, reads, options)
  if (!(second instanceof Readings)) return second
  const more = vfMapMore(facts, second)
  if (more.length === 0) return { kind: 'map', map: vfMap(facts, second) }
  const third = await seen(host, [...reads, ...more], options)
  return third instanceof Readings ? { kind: 'map', map: vfMap(facts, third) } : third
}

async function seen(host: Host, reads: readonly Read[], options: ExchangeOptions): Promise<Readings | Found> {
  if (reads.length === 0) return new Readings(new Map())
  const exchange = await host.exchange(look(reads), options)
  if (exchange.kind === 'done') return Readings.of(reads, exchange.result.before)
  return { kind: 'unreachable', failure: exchange.failure }
}

function asJson(found: readonly (readonly [string, Found])[]): string {
  const hosts = found.map(([name, each]) => [
    name,
    each.kind === 'map'
      ? each.map
      : {
          unreachable: each.failure.message,
          ...(each.failure.hint !== undefined && { hint: each.failure.hint }),
        },
  ])
  return `${JSON.stringify(Object.fromEntries(hosts), null, 2)}\n`
}

function asText(found: readonly (readonly [string, Found])[]): string {
  return found
    .map(([name, each]) => `${[oneLine(name), ...linesOf(each).map((line) => `  ${line}`)].join('\n')}\n`)
    .join('\n')
}

const head = ['VF', 'representor', 'VF netdev', 'VF PCI address', 'PF', 'MAC', 'OVS port', 'VM', 'UUID']

function linesOf(found: Found): readonly string[] {
  if (found.kind === 'unreachable') {
    const { message, hint } = found.failure
    return [`unreachable: ${oneLine(message)}`, ...(hint === undefined ? [] : [`next: ${oneLine(hint)}`])]
  }
  const { vfs, notes } = found.map
  if (vfs.length === 0) return ['no VFs', ...notes.map(oneLine)]
  const rows = vfs.map((vf) => [
    String(vf.vf),
    vf.representor === null ? '-' : `${vf.representor}${vf.up ? '' : ' (down)'}`,
    vf.netdev ?? '-',
    vf.pci,
    vf.pf,
    vf.mac ?? '-',
    vf.port === null ? '-' : `${vf.port.bridge}${vf.port.tag === null ? '' : ` (tag ${vf.port.tag})`}`,
    vf.vm === null ? '-' : `${vf.vm.name}${vf.vm.running ? '' : ' (off)'}`,
    vf.vm?.uuid ?? '-',
  ])
  return [...columns([head, ...rows]), ...notes.map(oneLine)]
}
