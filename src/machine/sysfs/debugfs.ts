import { gave, refused } from '../errno.ts'
import { allPfs, cardOf } from '../kernel/card.ts'
import type { KernelContext } from '../kernel/context.ts'
import { ownsEswitch } from '../kernel/eswitch.ts'
import { kernelOf } from '../profiles/kernels.ts'
import type { Card } from '../state.ts'
import { attempt, type DirectoryNode, dir, type Node, value } from './node.ts'

/** /sys/kernel/debug: root only. mlx5's LAG directory (lag/debugfs.c, since 5.19) is the same for both PFs. */
export function debugfs(context: KernelContext): DirectoryNode {
  const { state } = context
  const pfs = () => allPfs(state).filter((pf) => pf.driver === 'mlx5_core')
  return dir(
    () =>
      !kernelOf(context).lagDebugfs || pfs().length === 0
        ? {}
        : {
            mlx5: dir(() =>
              Object.fromEntries(
                pfs().map((pf) => [
                  pf.pci,
                  dir(() => (ownsEswitch(state, pf) ? { lag: lagDirectory(cardOf(state, pf)) } : {})),
                ]),
              ),
            ),
          },
    '0700',
  )
}

const lagTypes = { none: '', roce: 'roce', sriov: 'switchdev', mpesw: 'multiport_eswitch' } as const

function lagDirectory(card: Card): DirectoryNode {
  const { lag } = card
  const whenActive = (show: () => string): Node =>
    attempt(() => (lag.mode === 'none' ? refused('EINVAL') : gave(show())))
  return dir(() => ({
    state: value(() => (lag.mode === 'none' ? 'disabled' : 'active')),
    type: whenActive(() => lagTypes[lag.mode]),
    port_sel_mode: whenActive(() => lag.portSelect),
    flags: whenActive(
      () => `shared_fdb:${lag.sharedFdb ? 'on' : 'off'}\nfdb_selection_mode:${lag.sharedFdb ? 'native' : 'affinity'}`,
    ),
    mapping: whenActive(() =>
      lag.portSelect !== 'queue_affinity'
        ? [...new Set(lag.map)].join('\n')
        : lag.map.map((port, at) => `${at + 1}:${port}`).join('\n'),
    ),
    members: value(() => card.pfs.map((pf) => pf.pci).join('\n')),
  }))
}
