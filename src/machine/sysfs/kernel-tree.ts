import { allPfs } from '../kernel/card.ts'
import type { KernelContext } from '../kernel/context.ts'
import { kernelOf } from '../profiles/kernels.ts'
import { debugfs } from './debugfs.ts'
import { managementDevices, netClass, netDirectory } from './net.ts'
import { dir, type Node, textFile, value } from './node.ts'
import { iommuGroups, pciBus, pciFunctions } from './pci.ts'
import { upstreamPlace } from './places.ts'
import { modules, proc } from './proc.ts'

/** The file systems that the kernel makes, by mount point. */
export function kernelTree(context: KernelContext): Readonly<Record<string, Node>> {
  return { '/sys': sys(context), '/proc': proc(context), '/dev': dev() }
}

function sys(context: KernelContext): Node {
  const { state } = context
  const virtual = () =>
    Object.values(state.links).filter(
      (link) => ['loopback', 'bond', 'vlan', 'ovs'].includes(link.kind) || orphan(link.kind),
    )
  const orphan = (kind: string) => kind === 'representor' && !kernelOf(context).representorsHaveParent
  return dir(() => ({
    bus: dir(() => ({ pci: pciBus(context) })),
    class: dir(() => ({ net: netClass(context) })),
    devices: dir(() => ({
      ...Object.fromEntries(
        state.cards.flatMap((card) => {
          const [pf] = card.pfs
          if (!pf) return []
          const [bridge, port] = upstreamPlace(pf.pci)
          return [[bridge, dir(() => ({ [port]: dir(() => pciFunctions(context, card)) }))] as const]
        }),
      ),
      'pci0000:00': dir(() => managementDevices(context)),
      virtual: dir(() => ({
        net: dir(() => Object.fromEntries(virtual().map((link) => [link.name, netDirectory(context, link)]))),
      })),
    })),
    kernel: dir(() => ({
      debug: debugfs(context),
      iommu_groups: allPfs(state).length > 0 ? iommuGroups(context) : dir(() => ({})),
    })),
    module: dir(() =>
      Object.fromEntries(modules(context).map((name) => [name, dir(() => ({ initstate: value(() => 'live') }))])),
    ),
  }))
}

function dev(): Node {
  return dir(() => ({
    null: {
      type: 'file',
      mode: '0666',
      read: () => ({ ok: true, value: '' }),
      write: () => ({ ok: true, value: undefined }),
    },
    vfio: dir(() => ({ vfio: textFile(() => '') })),
  }))
}
