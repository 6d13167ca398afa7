import { defineModule } from '../../module/module.ts'
import { failed, unchanged } from '../../module/plan.ts'
import { stat as statRead } from '../../module/read.ts'
import type { StatReading } from '../../module/reading.ts'
import type { ValueMap } from '../../shared/value.ts'

interface Args {
  readonly path: string
  readonly follow: boolean
  readonly get_checksum: boolean
}

/** `stat`: what is at a path. */
export const stat = defineModule<Args, StatReading>({
  name: 'stat',
  summary: 'Look at what is at a path',
  description:
    'Changes nothing. Registers `stat` with exists and, when it does, path, isreg, isdir, islnk, mode, size, uid, gid, pw_name, gr_name, mtime, inode, nlink, checksum (SHA-1), lnk_target.',
  args: {
    properties: {
      path: { description: 'Absolute path.', type: 'string', pattern: '^/' },
      follow: { description: 'Look at what a link leads to.', type: 'boolean', default: false },
      get_checksum: { description: 'Compute the SHA-1 of a regular file.', type: 'boolean', default: true },
    },
    required: ['path'],
  },
  examples: [
    {
      title: 'Look whether a file is there',
      yaml: '- stat:\n    path: /etc/vflag\n  register: marker\n- debug:\n    msg: it is there\n  when: marker.stat.exists\n',
    },
  ],
  reads: (args) => [statRead(args.path, options(args))],
  state: (args, seen) => seen.stat(args.path, options(args)),
  plan: (args, found) => {
    if (found.state === 'error')
      return failed(`${args.path} could not be looked at: ${found.reason}`, 'the task may need become: true')
    if (found.state === 'absent') return unchanged(`${args.path} is not there`, { stat: { exists: false } })
    return unchanged(`${args.path} is there`, { stat: describe(found) })
  },
})

function options(args: Args): { follow: boolean; checksum: boolean } {
  return { follow: args.follow, checksum: args.get_checksum }
}

function describe(found: Extract<StatReading, { state: 'present' }>): ValueMap {
  return {
    exists: true,
    path: found.path,
    isreg: found.type === 'file',
    isdir: found.type === 'directory',
    islnk: found.type === 'link',
    mode: found.mode,
    size: found.size,
    uid: found.uid,
    gid: found.gid,
    pw_name: found.owner,
    gr_name: found.group,
    mtime: found.mtime,
    inode: found.inode,
    nlink: found.links,
    ...(found.checksum !== null && { checksum: found.checksum }),
    ...(found.target !== null && { lnk_target: found.target }),
  }
}
