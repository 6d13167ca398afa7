import type { Facts } from '../../module/facts.ts'
import { defineModule } from '../../module/module.ts'
import { blocked, change, delta, type Plan, unchanged } from '../../module/plan.ts'
import { command, list as listRead, type Read } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { mkdir, remove, write } from '../../module/step.ts'
import { parseFeatures } from '../../parsers/ethtool.ts'
import { list } from '../../shared/text.ts'
import type { ValueMap } from '../../shared/value.ts'
import { type Before, beforePath, beforeRead, beforeText, type PfBefore, parseBefore } from './before.ts'
import { eswitchOf, eswitchReads } from './eswitch-mode.ts'
import { steeringOf, steeringRead } from './eswitch-steering.ts'
import { keptDirectory } from './knowledge.ts'
import { backupGlobs } from './network/backends.ts'
import { baseName, missingPf, pfLabel, presentPfs, sriovReads, sriovState } from './pf.ts'

interface Args {
  readonly pfs: readonly string[]
  readonly state: 'present' | 'read' | 'absent'
}

interface State {
  /** The text of the note; null when there is none. */
  readonly note: string | null
  /** The host as it is now. */
  readonly now: Before
  /** The folder of notes and originals is there. */
  readonly folder: boolean
  /** Names of other things in the folder: originals that wait to be put back. */
  readonly others: readonly string[]
}

const originals = listRead(...backupGlobs)

/** What a host was before a roll-out. */
export const remember = defineModule<Args, State>({
  name: 'remember',
  summary: 'Note what a host was before a roll-out, so that a teardown can tell',
  description:
    'Notes VFs, probing, e-switch modes and hw-tc-offload of the ports, and whether the firmware tool is there, once: a note that is there is never written over. Modules take `before` from it (`vfs: {count: before}`). `read` changes nothing; `absent` forgets. Registers `found`, `firmware_tool` and `pfs`.',
  args: {
    properties: {
      pfs: {
        description: 'The ports to note, by interface or PCI address',
        type: 'array',
        items: { type: 'string' },
        default: [],
      },
      state: {
        description: 'present: noted. read: only looked at. absent: forgotten',
        type: 'string',
        enum: ['present', 'read', 'absent'],
        default: 'present',
      },
    },
  },
  examples: [
    { title: 'Before the first change', yaml: 'remember:\n  pfs: [ens2f0, ens2f1]\n' },
    {
      title: 'Whether there is something to take down',
      yaml: 'remember:\n  state: read\nregister: before\n',
    },
  ],
  needsFacts: true,
  reads: (args, facts) => [
    beforeRead,
    ...(args.state === 'absent' ? [listRead(keptDirectory), listRead(`${keptDirectory}/*`), originals] : []),
    ...(args.state === 'present' ? [command('mstconfig', '-v'), ...portReads(args, facts)] : []),
  ],
  state: (args, seen, facts) => ({
    note: seen.text(beforePath),
    now:
      args.state === 'present'
        ? { pfs: portsNow(args, seen, facts), firmware_tool: seen.command('mstconfig', '-v').status !== 127 }
        : { pfs: {}, firmware_tool: true },
    folder: args.state === 'absent' && seen.list(keptDirectory).length > 0,
    others:
      args.state === 'absent'
        ? [...seen.list(`${keptDirectory}/*`), ...seen.list(...originals.globs)].filter(
            (path) => path !== beforePath && baseName(path) !== 'backup',
          )
        : [],
  }),
  plan: (args, state, context) =>
    args.state === 'absent'
      ? forget(state)
      : ((args.state === 'present' ? refuse(args, context.facts) : null) ?? decide(args, state)),
})

const portReads = (args: Args, facts: Facts): readonly Read[] =>
  presentPfs(facts, args.pfs).flatMap((pf): readonly Read[] => [
    ...eswitchReads(pf),
    steeringRead(pf),
    ...sriovReads(pf),
    command('ethtool', '-k', pfLabel(pf)),
  ])

function portsNow(args: Args, seen: Readings, facts: Facts): Readonly<Record<string, PfBefore>> {
  return Object.fromEntries(
    presentPfs(facts, args.pfs).map((pf) => {
      const sriov = sriovState(pf, seen)
      const eswitch = eswitchOf(pf, seen, sriov.count)
      return [
        pf.pci,
        {
          name: pf.netdev,
          vfs: sriov.count,
          // Where SR-IOV is still off in the firmware there is no such file; 1 is what the kernel starts with.
          autoprobe: sriov.autoprobe ?? true,
          mode: eswitch.known ? eswitch.mode : null,
          steering: steeringOf(pf, seen)?.value ?? null,
          hw_tc_offload:
            parseFeatures(seen.command('ethtool', '-k', pfLabel(pf)).stdout).get('hw-tc-offload')?.on ?? false,
        },
      ]
    }),
  )
}

function refuse(args: Args, facts: Facts): Plan | null {
  if (args.pfs.length === 0) return blocked('pfs is empty, but must name the ports to note')
  return missingPf(args.pfs, facts)
}

function decide(args: Args, state: State): Plan {
  if (state.note !== null) {
    const before = parseBefore(state.note)
    if (!before)
      return blocked(
        `${beforePath} is damaged, but must say what this host was before the roll-out`,
        'look at the file on the host; remove it when you know what the host was, and take down with the modules one by one',
      )
    return unchanged('what this host was before the roll-out is noted', dataOf(before))
  }
  if (args.state === 'read')
    return unchanged('no roll-out was begun on this host, so there is nothing to take down', dataOf(null))
  const text = beforeText(state.now)
  return change(
    [{ what: beforePath, before: null, after: text, text: true }],
    [mkdir(keptDirectory, { mode: '0755' }), write(beforePath, text, { mode: '0644' })],
    dataOf(state.now),
  )
}

function forget(state: State): Plan {
  if (!state.folder) return unchanged('nothing is noted')
  if (state.others.length > 0) {
    if (state.note === null) return unchanged(`${list(state.others)} ${state.others.length === 1 ? 'stays' : 'stay'}`)
    return change([delta(beforePath, 'present', null)], [remove(beforePath)])
  }
  return change([delta(keptDirectory, 'present', null)], [remove(keptDirectory, { recursive: true })])
}

const dataOf = (before: Before | null): ValueMap => ({
  found: before !== null,
  firmware_tool: before?.firmware_tool ?? true,
  pfs: Object.fromEntries(Object.entries(before?.pfs ?? {}).map(([pci, port]) => [pci, { ...port }])),
})
