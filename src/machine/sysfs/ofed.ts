import { refused } from '../errno.ts'
import type { KernelContext } from '../kernel/context.ts'
import { setEswitchMode, showEswitch } from '../kernel/eswitch.ts'
import { setEncap, setInline, setMetadata, setPortSelect, setSteering } from '../kernel/eswitch-options.ts'
import type { Sys } from '../machine.ts'
import type { Pf } from '../state.ts'
import { type DirectoryNode, dir, type FileNode, type Node } from './node.ts'

/** /sys/class/net/<pf>/compat: the files by which MLNX_OFED's driver can be told what devlink is told elsewhere. */
export function ofedCompat(context: KernelContext, pf: Pf): DirectoryNode {
  return dir(() => ({ devlink: dir(() => devlinkFiles(context, pf)) }))
}

function devlinkFiles(context: KernelContext, pf: Pf): Readonly<Record<string, Node>> {
  const word = <Word extends string>(
    words: readonly Word[],
    show: () => Word,
    set: (word: Word) => Sys | Promise<Sys>,
  ): FileNode => ({
    type: 'file',
    mode: '0644',
    read: () => ({ ok: true, value: `${show()}\n` }),
    write: (text) => {
      const wanted = words.find((each) => each === text.trim())
      return wanted === undefined ? refused('EINVAL') : set(wanted)
    },
  })
  const mode: FileNode = {
    ...word(
      ['legacy', 'switchdev'],
      () => pf.eswitch.mode,
      (wanted) => setEswitchMode(context, pf, wanted),
    ),
    read: () => {
      const shown = showEswitch(context.state, pf)
      return shown.ok ? { ok: true, value: `${shown.value.mode}\n` } : shown
    },
  }
  return {
    mode,
    inline: word(
      ['none', 'link', 'network', 'transport'],
      () => pf.eswitch.inline,
      (wanted) => setInline(context, pf, wanted),
    ),
    encap: word(
      ['none', 'basic'],
      () => pf.eswitch.encap,
      (wanted) => setEncap(context, pf, wanted),
    ),
    steering_mode: word(
      ['dmfs', 'smfs'],
      () => pf.steering,
      (wanted) => setSteering(context, pf, wanted),
    ),
    vport_match_mode: word(
      ['legacy', 'metadata'],
      () => (pf.metadata ? 'metadata' : 'legacy'),
      (wanted) => setMetadata(pf, wanted === 'metadata'),
    ),
    lag_port_select_mode: word(
      ['queue_affinity', 'hash', 'multiport_esw'],
      () => pf.portSelectMode,
      (wanted) => setPortSelect(context, pf, wanted),
    ),
  }
}
